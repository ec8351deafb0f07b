import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Ports } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

const service = { name: 'kms', target: 'TrentService', version: '1.1' } as const

/** Day on which it ends, in days since 1970, and the code. */
const shape = /^(\d{1,6})\.([A-Za-z0-9_-]{43})$/

const dayMs = 86_400_000

/** Keys of days by their number: whoever forges links asks for many days, and must not fill the memory. */
const keys = new Map<number, Promise<Buffer>>()
const mostKeys = 64

/**
 * The key of the links that end on one day: AWS KMS derives it from a key that never leaves it. So ten thousand links of
 * one day take one call.
 */
function keyOf(day: number): Promise<Buffer> {
  const known = keys.get(day)
  if (known) return known
  const derived = derive(day)
  if (keys.size >= mostKeys) keys.clear()
  keys.set(day, derived)
  derived.catch(() => keys.delete(day))
  return derived
}

async function derive(day: number): Promise<Buffer> {
  const { Mac } = await call(service, 'GenerateMac', {
    KeyId: setting('LINK_KEY_ARN'),
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from(`lotline links 2\n${day}`).toString('base64'),
  })
  return Buffer.from(Mac, 'base64')
}

const codeOf = (key: Buffer, id: string) => createHmac('sha256', key).update(id).digest()

/** Each link is signed for one id and one end; nothing is stored, and a link that is sent twice is valid twice. */
export const links: Ports['links'] = {
  async sign(ids, until) {
    if (ids.length === 0) return []
    const day = Math.floor(Date.parse(until) / dayMs)
    const key = await keyOf(day)
    return ids.map((id) => `${setting('PUBLIC_URL')}/links/${id}/${day}.${codeOf(key, id).toString('base64url')}`)
  },

  async verify(id, proof) {
    const [, day, code = ''] = shape.exec(proof) ?? []
    if (!day) return undefined
    const given = Buffer.from(code, 'base64url')
    const right = codeOf(await keyOf(Number(day)), id)
    // The last moment of the day.
    return timingSafeEqual(given, right) ? new Date((Number(day) + 1) * dayMs - 1).toISOString() : undefined
  },
}
