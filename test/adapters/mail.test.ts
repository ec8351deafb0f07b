import { expect, test } from 'vitest'
import { mail } from '../../lib/adapters/mail.ts'
import { stubAws } from './wire.ts'

process.env.SENDER = 'recall@pumps.example'
const aws = await stubAws()

test('a mail goes out with its key as a header', async () => {
  aws.reply = () => ({ body: { MessageId: 'm-1' } })
  const letter = { key: 'not_1#a', to: 'a@st-anna.example', subject: '召回 Recall', text: 'Stop using lot L-1.' }
  expect(await mail.send(letter)).toEqual({ messageId: 'm-1' })
  expect(aws.seen[0]!.operation).toBe('POST /v2/email/outbound-emails')
  expect(aws.seen[0]!.body).toEqual({
    FromEmailAddress: 'recall@pumps.example',
    Destination: { ToAddresses: ['a@st-anna.example'] },
    Content: {
      Simple: {
        Subject: { Data: '召回 Recall', Charset: 'UTF-8' },
        Body: { Text: { Data: 'Stop using lot L-1.', Charset: 'UTF-8' } },
        Headers: [{ Name: 'X-Lotline-Key', Value: 'not_1#a' }],
      },
    },
  })
})

test('a refused mail is thrown, not lost', async () => {
  aws.reply = () => ({ status: 400, error: 'MessageRejected' })
  await expect(mail.send({ key: 'k', to: 'a@b.example', subject: 's', text: 't' })).rejects.toThrow('MessageRejected')
})
