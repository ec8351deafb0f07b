import { expect, test } from 'vitest'
import { stubAws } from './wire.ts'

const aws = await stubAws()
const { shadow } = await import('../../lib/adapters/shadow.ts')

test('what is desired is added to the shadow of the thing; a full one says so', async () => {
  expect(await shadow.desire('dev_1', { commands: { cmd_1: { action: 'lock' } } })).toBe(true)
  expect(aws.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['POST', '/things/dev_1/shadow', { state: { desired: { commands: { cmd_1: { action: 'lock' } } } } }],
  ])
  aws.reply = () => ({ status: 413, error: 'RequestEntityTooLargeException' })
  expect(await shadow.desire('dev_1', {})).toBe(false)
  aws.reply = () => ({ status: 400, error: 'InvalidRequestException' })
  await expect(shadow.desire('dev_1', {})).rejects.toThrow()
})

test('what ended leaves both states', async () => {
  await shadow.forget('dev_1', { commands: { cmd_1: null } })
  const members = { commands: { cmd_1: null } }
  expect(aws.seen[0]!.body).toEqual({ state: { desired: members, reported: members } })
})

test('a thing of which nobody spoke has no shadow', async () => {
  aws.reply = () => ({ body: { state: { reported: { firmware: '1.4.0' } }, version: 3, timestamp: 1 } })
  expect(await shadow.read('dev_1')).toEqual({ desired: {}, reported: { firmware: '1.4.0' }, version: 3 })
  aws.reply = () => ({ status: 404, error: 'ResourceNotFoundException' })
  expect(await shadow.read('dev_1')).toBeUndefined()
})
