import { beforeEach, describe, expect, test, vi } from 'vitest'
import { mail } from '../../lib/adapters/mail.ts'
import { receipts } from '../../lib/adapters/receipts.ts'
import { sms } from '../../lib/adapters/sms.ts'
import { sha256 } from '../../lib/kit/ledger.ts'
import { type Reply, stubAws } from './wire.ts'

Object.assign(process.env, {
  SENDER: 'recall@pumps.example',
  MAIL_CONFIGURATION: 'lotline-mails',
  TABLE_NAME: 'lotline',
})
const aws = await stubAws()
const letter = { key: 'not_1 a', to: 'a@st-anna.example', subject: '召回 Recall', text: 'Stop using lot L-1.' }
const text = { key: 'not_1 +4915112345678', to: '+4915112345678', text: 'Stop using lot L-1.' }

/** The claims and receipts of a table, by partition key. */
const kept = new Map<string, any>()
/** What the mail or text service answers. */
let service: Reply
let left: any[] = []

/** Enough of DynamoDB for claims and receipts. */
const table: Reply = ({ operation, body }) => {
  if (operation === 'BatchWriteItem') {
    for (const { PutRequest } of body.RequestItems.lotline) kept.set(PutRequest.Item.pk.S, PutRequest.Item)
    return { body: {} }
  }
  const pk = (body.Item ?? body.Key).pk.S
  const found = kept.get(pk)
  if (operation === 'DeleteItem') kept.delete(pk)
  else {
    const lost = Number(body.ExpressionAttributeValues?.[':lost']?.N ?? 0)
    if (found && !(Number(found.claimedAt?.N) < lost))
      return { status: 400, error: 'ConditionalCheckFailedException', body: { Item: found } }
    kept.set(pk, body.Item)
  }
  return { body: {} }
}

beforeEach(() => {
  kept.clear()
  left = []
  service = () => ({ body: { MessageId: 'm-1' } })
  aws.reply = (seen) => {
    if (/^(PutItem|DeleteItem|BatchWriteItem)$/.test(seen.operation)) return table(seen)
    left.push(seen)
    return service(seen)
  }
  vi.useRealTimers()
})

const receipt = () => receipts.record([{ message: sha256(letter.key), at: '2026-03-01T08:00:00.000Z' }])
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

describe('a mail', () => {
  test('goes out with its key as a header and a tag', async () => {
    expect(await mail.send(letter)).toEqual({ sent: true })
    expect(left[0].operation).toBe('POST /v2/email/outbound-emails')
    expect(left[0].body).toEqual({
      FromEmailAddress: 'recall@pumps.example',
      ConfigurationSetName: 'lotline-mails',
      Destination: { ToAddresses: ['a@st-anna.example'] },
      Content: {
        Simple: {
          Subject: { Data: '召回 Recall', Charset: 'UTF-8' },
          Body: { Text: { Data: 'Stop using lot L-1.', Charset: 'UTF-8' } },
          Headers: [{ Name: 'X-Lotline-Key', Value: 'not_1 a' }],
        },
      },
      EmailTags: [{ Name: 'lotline-message', Value: sha256('not_1 a') }],
    })
  })

  test('that left does not leave again, once its receipt came', async () => {
    await mail.send(letter)
    await expect(mail.send(letter)).rejects.toThrow('was on its way')
    await receipt()
    expect(await mail.send(letter)).toEqual({ sent: true })
    expect(left).toHaveLength(1)
  })

  test.each([
    ['answered with an error', () => ({ status: 500, error: 'InternalServerError' })],
    ['answered with rubbish', () => ({ body: 'not what was agreed' })],
  ] satisfies [string, Reply][])('that left and was %s waits for its receipt', async (_, broken) => {
    service = broken
    await expect(mail.send(letter)).rejects.toMatchObject({ name: 'message-unsettled' })
    await receipt()
    expect(await mail.send(letter)).toEqual({ sent: true })
    expect(left).toHaveLength(1)
  })

  test('of which no receipt comes is taken for lost after a minute', async () => {
    service = () => ({ status: 500, error: 'InternalServerError' })
    await expect(mail.send(letter)).rejects.toThrow('nobody knows')
    service = () => ({ body: { MessageId: 'm-2' } })
    later(30)
    await expect(mail.send(letter)).rejects.toThrow('was on its way')
    later(31)
    expect(await mail.send(letter)).toEqual({ sent: true })
    expect(left).toHaveLength(2)
  })

  test('that the service is too busy for can be tried again at once', async () => {
    service = () => ({ status: 429, error: 'TooManyRequestsException' })
    await expect(mail.send(letter)).rejects.toMatchObject({ name: 'message-unsettled' })
    service = () => ({ body: { MessageId: 'm-2' } })
    expect(await mail.send(letter)).toEqual({ sent: true })
  })

  test('that is refused for good says so', async () => {
    service = () => ({ status: 400, error: 'MessageRejected' })
    expect(await mail.send(letter)).toMatchObject({ sent: false })
  })
})

describe('a text message', () => {
  test('goes to a phone, as one that matters', async () => {
    await sms.send(text)
    expect(left).toHaveLength(1)
    const form = new URLSearchParams(left[0].text)
    expect(Object.fromEntries(form)).toMatchObject({ Action: 'Publish', PhoneNumber: text.to, Message: text.text })
    expect(form.get('MessageAttributes.entry.1.Value.StringValue')).toBe('Transactional')
  })

  test('leaves at most once, for the mail says the same', async () => {
    service = () => ({ status: 500 })
    expect(await sms.send(text)).toEqual({ sent: false, why: 'unknown' })
    expect(await sms.send(text)).toEqual({ sent: true })
    expect(left).toHaveLength(1)
  })
})
