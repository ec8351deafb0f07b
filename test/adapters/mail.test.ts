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
  if (operation === 'BatchWriteItem')
    for (const { PutRequest } of body.RequestItems.lotline) kept.set(PutRequest.Item.pk.S, PutRequest.Item)
  if (operation === 'DeleteItem') kept.delete(body.Key.pk.S)
  if (operation !== 'TransactWriteItems') return { body: {} }
  const reasons = body.TransactItems.map(({ Put: { Item, ExpressionAttributeValues } }: any) => {
    const [found, lost] = [kept.get(Item.pk.S), Number(ExpressionAttributeValues?.[':lost']?.N ?? 0)]
    return found && !(Number(found.claimedAt?.N) < lost)
      ? { Code: 'ConditionalCheckFailed', Item: found }
      : { Code: 'None' }
  })
  if (reasons.some(({ Code }: any) => Code !== 'None'))
    return { status: 400, error: 'TransactionCanceledException', body: { CancellationReasons: reasons } }
  for (const { Put } of body.TransactItems) kept.set(Put.Item.pk.S, Put.Item)
  return { body: {} }
}

/** SES, by one and the same result for every mail. */
const bulk =
  (result: object): Reply =>
  ({ body }) => ({ body: { BulkEmailEntryResults: body.BulkEmailEntries.map(() => result) } })
const taken = bulk({ Status: 'SUCCESS', MessageId: 'm-1' })

beforeEach(() => {
  kept.clear()
  left = []
  service = taken
  aws.reply = (seen) => {
    if (/^(TransactWriteItems|DeleteItem|BatchWriteItem)$/.test(seen.operation)) return table(seen)
    left.push(seen)
    return service(seen)
  }
  vi.useRealTimers()
})

const receipt = () => receipts.record([{ message: sha256(letter.key), at: '2026-03-01T08:00:00.000Z' }])
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

const sendOne = async () => (await mail.send([letter]))[0]

describe('a mail', () => {
  test('goes out with its key as a header and a tag', async () => {
    expect(await sendOne()).toEqual({ sent: true })
    expect(left[0].operation).toBe('POST /v2/email/outbound-bulk-emails')
    expect(left[0].headers.authorization).toContain('/eu-central-1/ses/aws4_request')
    expect(left[0].body).toEqual({
      FromEmailAddress: 'recall@pumps.example',
      ConfigurationSetName: 'lotline-mails',
      DefaultContent: {
        Template: { TemplateContent: { Subject: '{{subject}}', Text: '{{text}}' }, TemplateData: '{}' },
      },
      BulkEmailEntries: [
        {
          Destination: { ToAddresses: ['a@st-anna.example'] },
          ReplacementEmailContent: {
            ReplacementTemplate: {
              ReplacementTemplateData: JSON.stringify({ subject: '召回 Recall', text: 'Stop using lot L-1.' }),
            },
          },
          ReplacementHeaders: [{ Name: 'X-Lotline-Key', Value: 'not_1 a' }],
          ReplacementTags: [{ Name: 'lotline-message', Value: sha256('not_1 a') }],
        },
      ],
    })
  })

  test('that left does not leave again, once its receipt came', async () => {
    await sendOne()
    expect(await sendOne()).toBeUndefined()
    await receipt()
    expect(await sendOne()).toEqual({ sent: true })
    expect(left).toHaveLength(1)
  })

  test.each([
    ['answered with an error', () => ({ status: 500, error: 'InternalServerError' })],
    ['answered with rubbish', () => ({ body: 'not what was agreed' })],
    ['said to have failed, without a reason', bulk({ Status: 'FAILED' })],
  ] satisfies [string, Reply][])('that left and was %s waits for its receipt', async (_, broken) => {
    service = broken
    expect(await sendOne()).toBeUndefined()
    expect(await sendOne()).toBeUndefined()
    await receipt()
    expect(await sendOne()).toEqual({ sent: true })
    expect(left).toHaveLength(1)
  })

  test('of which no receipt comes is taken for lost after a minute', async () => {
    service = () => ({ status: 500, error: 'InternalServerError' })
    expect(await sendOne()).toBeUndefined()
    service = taken
    later(30)
    expect(await sendOne()).toBeUndefined()
    later(31)
    expect(await sendOne()).toEqual({ sent: true })
    expect(left).toHaveLength(2)
  })

  test.each([
    ['whole', () => ({ status: 429, error: 'TooManyRequestsException' })],
    ['one', bulk({ Status: 'ACCOUNT_THROTTLED' })],
  ] satisfies [string, Reply][])(
    'that the service is too busy for (%s) can be tried again at once',
    async (_, busy) => {
      service = busy
      expect(await sendOne()).toBeUndefined()
      service = taken
      expect(await sendOne()).toEqual({ sent: true })
    },
  )

  test.each([
    ['whole', () => ({ status: 400, error: 'MessageRejected' })],
    ['one', bulk({ Status: 'MESSAGE_REJECTED', Error: 'Address is on the suppression list' })],
  ] satisfies [string, Reply][])('that is refused for good (%s) says so', async (_, refused) => {
    service = refused
    expect(await sendOne()).toMatchObject({ sent: false })
  })
})

describe('many mails', () => {
  const letters = Array.from({ length: 120 }, (_, n) => ({ ...letter, key: `not_${n}`, to: `${n}@st-anna.example` }))
  const addressed = () =>
    left.flatMap(({ body }) => body.BulkEmailEntries.map((one: any) => one.Destination.ToAddresses[0]))

  test('leave fifty a call, each once, whoever else sends some of them meanwhile', async () => {
    const [first, second] = await Promise.all([mail.send(letters), mail.send(letters.slice(30, 90))])
    expect(addressed().toSorted()).toEqual(letters.map(({ to }) => to).toSorted())
    const settled = [...first, ...second].filter((one) => one?.sent)
    expect(settled).toHaveLength(letters.length)
    expect(Math.max(...left.map(({ body }) => body.BulkEmailEntries.length))).toBe(50)
  })

  test('of which one is impossible: the others leave', async () => {
    service = (seen) =>
      seen.body.BulkEmailEntries.some((one: any) => one.Destination.ToAddresses[0] === '7@st-anna.example')
        ? { status: 400, error: 'BadRequestException' }
        : taken(seen)
    const sendings = await mail.send(letters.slice(0, 20))
    expect(sendings.flatMap((one, n) => (one?.sent ? [] : [n]))).toEqual([7])
  })

  test('of which two say the same to the same address are one', async () => {
    expect(await mail.send([letter, letter])).toEqual([{ sent: true }, { sent: true }])
    expect(addressed()).toEqual([letter.to])
  })
})

describe('a text message', () => {
  test('goes to a phone, as one that matters', async () => {
    service = () => ({ body: { MessageId: 'm-1' } })
    await sms.send([text])
    expect(left).toHaveLength(1)
    const form = new URLSearchParams(left[0].text)
    expect(Object.fromEntries(form)).toMatchObject({ Action: 'Publish', PhoneNumber: text.to, Message: text.text })
    expect(form.get('MessageAttributes.entry.1.Value.StringValue')).toBe('Transactional')
  })

  test('leaves at most once, for the mail says the same', async () => {
    service = () => ({ status: 500 })
    expect(await sms.send([text])).toEqual([{ sent: false, why: 'unknown' }])
    expect(await sms.send([text])).toEqual([{ sent: true }])
    expect(left).toHaveLength(1)
  })
})
