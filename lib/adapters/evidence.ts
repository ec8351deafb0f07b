import { createHash } from 'node:crypto'
import type { Ports } from '#kit/ports'
import { domainOf } from './aws-call.ts'
import { setting } from './setting.ts'
import { signed } from './signature.ts'

/** Amazon S3, under the hash of the content: it checks the hash itself, and the same content twice is one object. */
export const evidence: Ports['evidence'] = {
  async keep(owner, type, data) {
    const body = Buffer.from(data, 'base64')
    const digest = createHash('sha256').update(body).digest()
    const sha256 = digest.toString('hex')
    await ask('PUT', `${owner}/${sha256}`, body, {
      'content-type': type,
      'x-amz-checksum-sha256': digest.toString('base64'),
    })
    return { sha256, bytes: body.length }
  },

  async read(owner, sha256) {
    const found = await ask('GET', `${owner}/${sha256}`, Buffer.alloc(0), {})
    return Buffer.from(await found.arrayBuffer()).toString('base64')
  },
}

/** The SDK's client of S3 weighs more than a whole function here, for two calls. */
async function ask(method: 'PUT' | 'GET', key: string, body: Buffer, more: Readonly<Record<string, string>>) {
  const region = setting('AWS_REGION')
  const own = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
  const url = new URL(`/${setting('EVIDENCE_BUCKET')}/${key}`, own ?? `https://s3.${domainOf(region)}`)
  const signer = {
    accessKeyId: setting('AWS_ACCESS_KEY_ID'),
    secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
    ...{ region, service: 's3' },
  }
  const hash = createHash('sha256').update(body).digest('hex')
  const headers = { host: url.host, 'x-amz-content-sha256': hash, ...more }
  const all = signed(headers, body, signer, new Date(), { method, path: url.pathname })
  const answer = await fetch(url, { method, headers: all, ...(method === 'PUT' ? { body } : {}) })
  if (!answer.ok) throw new Error(`S3 answered ${method} ${key} with ${answer.status}: ${await answer.text()}`)
  return answer
}
