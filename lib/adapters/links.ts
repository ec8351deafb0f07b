import type { Ports } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

const service = { name: 'kms', target: 'TrentService', version: '1.1' } as const

/** End of validity in seconds since 1970, base 36, and the code. */
const shape = /^([0-9a-z]{1,8})\.([A-Za-z0-9_-]{43})$/

const asked = (id: string, until: string) => ({
  KeyId: setting('LINK_KEY_ARN'),
  MacAlgorithm: 'HMAC_SHA_256',
  // Every field at a fixed place, so that no two links share a message.
  Message: Buffer.from(`lotline link 1\n${id}\n${until}`).toString('base64'),
})

/** AWS KMS signs each link for one id and one end; nothing is stored, and a link that is sent twice is valid twice. */
export const links: Ports['links'] = {
  async sign(id, until) {
    const end = Math.floor(Date.parse(until) / 1000).toString(36)
    const { Mac } = await call(service, 'GenerateMac', asked(id, end))
    return `${setting('PUBLIC_URL')}/links/${id}/${end}.${Buffer.from(Mac, 'base64').toString('base64url')}`
  },

  async verify(id, proof) {
    const [, end, code] = shape.exec(proof) ?? []
    if (!end || !code) return undefined
    try {
      const Mac = Buffer.from(code, 'base64url').toString('base64')
      await call(service, 'VerifyMac', { ...asked(id, end), Mac })
      return new Date(Number.parseInt(end, 36) * 1000).toISOString()
    } catch (error) {
      if ((error as Error).name === 'KMSInvalidMacException') return undefined
      throw error
    }
  },
}
