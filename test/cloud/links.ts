import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Makes proofs of links as the product does, with the key of a running local cloud; `openTable` must have run. */
export function linkSigner(data: string): (id: string, until?: string) => Promise<string> {
  const [key] = readdirSync(join(data, 'kms'))
  Object.assign(process.env, { LINK_KEY_ARN: key, PUBLIC_URL: 'http://127.0.0.1' })
  return async (id, until = '2099-12-31T00:00:00.000Z') => {
    const { links } = await import('../../lib/adapters/links.ts')
    const [link = ''] = await links.sign([id], until)
    return link.split('/').at(-1)!
  }
}
