import type { Cloud, Permission, Service, WireAnswer, WireCall } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import { type Report, reportsOf } from './mail-events.ts'
import { Outbox } from './outbox.ts'
import { onlyProperties } from './properties.ts'
import { notify, type Subscription, subscriptionsOf } from './sns-subscriptions.ts'
import { escapeXml, WireError } from './wire-error.ts'

const SEND_EMAIL = '/v2/email/outbound-emails'
/** A crash loses the reports of the last moments only. */
const TOLD_AGAIN_MS = 60_000

let tellAgain: (() => Promise<unknown>) | undefined

/** SES and SNS: mails and text messages land in an outbox folder and on its page; topics reach their subscribers. */
export const mail: Service = {
  name: 'mail',
  types: [
    'AWS::SES::EmailIdentity',
    'AWS::SES::ConfigurationSet',
    'AWS::SES::ConfigurationSetEventDestination',
    'AWS::SNS::Topic',
    'AWS::SNS::Subscription',
  ],

  async start(cloud) {
    for (const topic of cloud.ofType('AWS::SNS::Topic'))
      onlyProperties(topic, 'DisplayName', 'KmsMasterKeyId', 'Subscription', 'Tags', 'TopicName', 'TracingConfig')
    const outbox = new Outbox(cloud)
    const report = reportsOf(cloud)
    const subscriptions = subscriptionsOf(cloud)
    tellAgain = () => Promise.all(outbox.since(Date.now() - TOLD_AGAIN_MS).map(report))
    cloud.wire('ses', {
      authorize: (call) => emailPermissions(cloud, call),
      answer: (call) => sendEmail(outbox, report, call),
    })
    cloud.wire('sns', { authorize: publishPermissions, answer: (call) => publish(cloud, outbox, subscriptions, call) })
  },

  /** What was sent shortly before a crash is told again: nobody knows whether it was told then. */
  async resume() {
    await tellAgain?.()
  },

  async stop() {},
}

/** The identity that a mail is sent as: the address itself or its domain, whichever the template declares. */
function emailPermissions(cloud: Cloud, call: Omit<WireCall, 'principal'>): Permission[] {
  if (call.method !== 'POST' || call.path !== SEND_EMAIL)
    throw new WireError(
      404,
      'UnknownOperationException',
      `the local cloud does not implement ${call.method} ${call.path} of SES`,
    )
  const { FromEmailAddress: from = '', ConfigurationSetName } = JSON.parse(call.body.toString())
  const address = /<([^>]+)>/.exec(from)?.[1] ?? from
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const declared = cloud.ofType('AWS::SES::EmailIdentity').find(({ ref }) => ref === address || ref === domain)
  const resource = declared?.attributes.Arn ?? `arn:aws:ses:${cloud.region}:${cloud.account}:identity/${address}`
  const configuration = `arn:aws:ses:${cloud.region}:${cloud.account}:configuration-set/${ConfigurationSetName}`
  return [resource, ...(ConfigurationSetName ? [configuration] : [])].map((one) => ({
    action: 'ses:SendEmail',
    resource: one,
  }))
}

async function sendEmail(outbox: Outbox, report: Report, call: WireCall): Promise<WireAnswer> {
  const input: Json = JSON.parse(call.body.toString())
  const simple = input.Content?.Simple
  if (!simple)
    throw new WireError(
      400,
      'BadRequestException',
      'the local cloud sends simple content only: no raw content, no templates',
    )
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = input.Destination ?? {}
  const to = [...ToAddresses, ...CcAddresses, ...BccAddresses]
  if (to.length === 0 || !input.FromEmailAddress)
    throw new WireError(400, 'BadRequestException', 'a mail needs FromEmailAddress and a Destination with an address')
  const mail = await outbox.keep({
    kind: 'email',
    from: input.FromEmailAddress,
    to,
    subject: simple.Subject?.Data ?? '',
    text: simple.Body?.Text?.Data ?? '',
    ...(simple.Body?.Html && { html: simple.Body.Html.Data }),
    ...(simple.Headers && { headers: pairs(simple.Headers) }),
    ...(input.EmailTags && { tags: pairs(input.EmailTags) }),
    ...(input.ConfigurationSetName && { configuration: input.ConfigurationSetName }),
  })
  await report(mail)
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ MessageId: mail.id }) }
}

function pairs(list: { Name: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]))
}

function publishPermissions(call: Omit<WireCall, 'principal'>): Permission[] {
  const form = new URLSearchParams(call.body.toString())
  return [{ action: `sns:${form.get('Action')}`, resource: form.get('TopicArn') ?? '*' }]
}

async function publish(
  cloud: Cloud,
  outbox: Outbox,
  subscriptions: readonly Subscription[],
  call: WireCall,
): Promise<WireAnswer> {
  const form = new URLSearchParams(call.body.toString())
  if (form.get('Action') !== 'Publish')
    throw new WireError(400, 'InvalidAction', `the local cloud does not implement sns:${form.get('Action')}`)
  const text = form.get('Message') ?? ''
  const phone = form.get('PhoneNumber')
  const topic = form.get('TopicArn')
  if (topic && !cloud.ofType('AWS::SNS::Topic').some((each) => each.ref === topic))
    throw new WireError(404, 'NotFound', `Topic does not exist: ${topic}`)
  if (!phone && !topic) throw new WireError(400, 'InvalidParameter', 'Publish needs a PhoneNumber or a TopicArn')
  const id = phone
    ? (await outbox.keep({ kind: 'sms', from: 'SNS', to: [phone], subject: '', text })).id
    : await notify(cloud, outbox, subscriptions, { topic: topic!, subject: form.get('Subject') ?? undefined, text })
  const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${escapeXml(id)}</MessageId></PublishResult></PublishResponse>`
  return { status: 200, headers: { 'content-type': 'text/xml' }, body }
}
