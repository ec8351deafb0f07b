import { createHash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { listAside, redriveFacts } from '../../lib/redrive.ts'
import { stubAws } from './wire.ts'

const aws = await stubAws()
const fact = { hash: 'h1', type: 'RecallOpened', data: {} }
const event = { source: 'lotline.recall', 'detail-type': 'RecallOpened', detail: fact }
const letters = [
  {
    requestPayload: event,
    requestContext: { functionArn: 'arn:aws:lambda:eu-central-1:1:function:lotline-recall-start-recall' },
    responsePayload: { errorType: 'TimeoutError', errorMessage: 'Step Functions did not answer' },
    timestamp: '2026-03-02T08:00:00.000Z',
  },
  // A run by the clock: nothing of it is to be done again.
  { requestPayload: {}, responsePayload: { errorType: 'TimeoutError', errorMessage: 'too slow' } },
]

function received(letter: object, index: number) {
  const Body = JSON.stringify(letter)
  return { Body, MD5OfBody: createHash('md5').update(Body).digest('hex'), ReceiptHandle: `r${index}` }
}

beforeEach(() => {
  let left = letters.map(received)
  aws.reply = ({ operation }) => {
    if (operation === 'GetQueueUrl') return { body: { QueueUrl: 'http://sqs/dead' } }
    if (operation !== 'ReceiveMessage') return { body: { FailedEntryCount: 0, Entries: [{}] } }
    const Messages = left
    left = []
    return { body: { Messages } }
  }
})

test('what a reaction could not handle says the error of its last attempt', async () => {
  expect((await listAside('dead'))[0]).toMatchObject({
    ...{ by: 'lotline-recall-start-recall', at: '2026-03-02T08:00:00.000Z' },
    cause: { code: 'TimeoutError', en: 'Step Functions did not answer' },
  })
})

test('its fact goes on the bus again and leaves the dead letters; what is no fact stays', async () => {
  expect(await redriveFacts({ dead: 'dead', bus: 'lotline-facts' })).toBe(1)
  const [sent] = aws.seen.filter(({ operation }) => operation === 'PutEvents')
  expect(sent!.body.Entries).toEqual([
    {
      EventBusName: 'lotline-facts',
      Source: 'lotline.recall',
      DetailType: 'RecallOpened',
      Detail: JSON.stringify(fact),
    },
  ])
  const deleted = aws.seen
    .filter(({ operation }) => operation === 'DeleteMessage')
    .map(({ body }) => body.ReceiptHandle)
  expect(deleted).toEqual(['r0'])
})

test('only what has the wanted cause goes again', async () => {
  expect(await redriveFacts({ dead: 'dead', bus: 'lotline-facts' }, 'AnotherError')).toBe(0)
})
