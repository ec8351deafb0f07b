import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { Ports } from '#kit/ports'
import { setting } from './setting.ts'

const client = new SESv2Client({})
const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })

/** Amazon SES. It sends twice what is sent twice: the key travels as a header, so that a repeat can be told. */
export const mail: Ports['mail'] = {
  async send({ key, to, subject, text }) {
    const sent = await client.send(
      new SendEmailCommand({
        FromEmailAddress: setting('SENDER'),
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: {
            Subject: utf8(subject),
            Body: { Text: utf8(text) },
            Headers: [{ Name: 'X-Lotline-Key', Value: key }],
          },
        },
      }),
    )
    return { messageId: sent.MessageId! }
  },
}
