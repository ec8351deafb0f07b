import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { Sha256 } from '#adapters/sha256'

// What the SDK signs with when nobody tells it otherwise; AWS refuses a signature that differs.
const Standard = new DynamoDBClient({ region: 'eu-central-1' }).config.sha256 as typeof Sha256

const hex = async (Hash: typeof Sha256, secret: string | Uint8Array | undefined, ...parts: string[]) => {
  const hash = new Hash(secret)
  for (const part of parts) hash.update(Buffer.from(part))
  return Buffer.from(await hash.digest()).toString('hex')
}

const secret = Buffer.from('a derived signing key, 32 bytes.')
const secrets: [string, string | Uint8Array | undefined][] = [
  ['no secret', undefined],
  ['a secret of text', 'AWS4wJalrXUtnFEMI'],
  ['a secret of bytes', secret],
  ['the same bytes again', secret],
]

test.each(secrets)('the same as the SDK itself, with %s', async (_, secret) => {
  for (const parts of [[], [''], ['abc'], ['20260302', '/eu-central-1', '/批次']])
    expect(await hex(Sha256, secret, ...parts)).toBe(await hex(Standard, secret, ...parts))
})

test('as published', async () => {
  expect(await hex(Sha256, undefined, 'abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(await hex(Sha256, Buffer.from('Jefe'), 'what do ya want ', 'for nothing?')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('a hash that is reset begins anew', async () => {
  const hash = new Sha256('key')
  hash.update(Buffer.from('one'))
  hash.reset()
  hash.update(Buffer.from('two'))
  expect(Buffer.from(await hash.digest()).toString('hex')).toBe(await hex(Standard, 'key', 'two'))
})
