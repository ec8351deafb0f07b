import type { Cloud, Permission, Service, WireAnswer, WireCall } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import { type Report, reportsOf } from './mail-events.ts'
import { Outbox, type OutgoingMail, type StoredMail } from './outbox.ts'
import { onlyProperties } from './properties.ts'
import { notify, type Subscription, subscriptionsOf } from './sns-subscriptions.ts'
import { escapeXml, WireError } from './wire-error.ts'

/** What SES can be asked for here, by path. */
const operations = {
  '/v2/email/outbound-emails': { action: 'ses:SendEmail', answer: sendEmail },
  '/v2/email/outbound-bulk-emails': { action: 'ses:SendBulkEmail', answer: sendBulk },
} as const
/** A crash loses the reports of the last moments only. */
const TOLD_AGAIN_MS = 60_000

let tellAgain: (() => Promise<unknown>) | undefined
let closeOutbox: (() => Promise<void>) | undefined

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
    closeOutbox = () => outbox.close()
    tellAgain = () => Promise.all(outbox.since(Date.now() - TOLD_AGAIN_MS).map(report))
    cloud.wire('ses', {
      authorize: (call) => emailPermissions(cloud, call),
      answer: (call) => operationOf(call).answer(outbox, report, call),
    })
    cloud.wire('sns', { authorize: publishPermissions, answer: (call) => publish(cloud, outbox, subscriptions, call) })
  },

  /** What was sent shortly before a crash is told again: nobody knows whether it was told then. */
  async resume() {
    await tellAgain?.()
  },

  async stop() {
    await closeOutbox?.()
    closeOutbox = undefined
  },
}

function operationOf({ method, path }: Omit<WireCall, 'principal'>) {
  if (method === 'POST' && Object.hasOwn(operations, path)) return operations[path as keyof typeof operations]
  throw new WireError(404, 'UnknownOperationException', `the local cloud does not implement ${method} ${path} of SES`)
}

/** The identity that a mail is sent as: the address itself or its domain, whichever the template declares. */
function emailPermissions(cloud: Cloud, call: Omit<WireCall, 'principal'>): Permission[] {
  const { action } = operationOf(call)
  const { FromEmailAddress: from = '', ConfigurationSetName } = JSON.parse(call.body.toString())
  const address = /<([^>]+)>/.exec(from)?.[1] ?? from
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const declared = cloud.ofType('AWS::SES::EmailIdentity').find(({ ref }) => ref === address || ref === domain)
  const resource = declared?.attributes.Arn ?? `arn:aws:ses:${cloud.region}:${cloud.account}:identity/${address}`
  const configuration = `arn:aws:ses:${cloud.region}:${cloud.account}:configuration-set/${ConfigurationSetName}`
  return [resource, ...(ConfigurationSetName ? [configuration] : [])].map((one) => ({
    action,
    resource: one,
  }))
}

async function sendEmail(outbox: Outbox, report: Report, call: WireCall): Promise<WireAnswer> {
  const input: Json = JSON.parse(call.body.toString())
  const simple = input.Content?.Simple
  if (!simple)
    throw badRequest('the local cloud sends simple content only: no raw content, and templates only by the bulk')
  const to = addressesOf(input.Destination)
  if (to.length === 0 || !input.FromEmailAddress)
    throw badRequest('a mail needs FromEmailAddress and a Destination with an address')
  const [mail] = await send(outbox, report, [
    {
      kind: 'email',
      from: input.FromEmailAddress,
      to,
      subject: simple.Subject?.Data ?? '',
      text: simple.Body?.Text?.Data ?? '',
      ...(simple.Body?.Html && { html: simple.Body.Html.Data }),
      ...(simple.Headers && { headers: pairs(simple.Headers) }),
      ...(input.EmailTags && { tags: pairs(input.EmailTags) }),
      ...(input.ConfigurationSetName && { configuration: input.ConfigurationSetName }),
    },
  ])
  return json({ MessageId: mail!.id })
}

const bulkLimit = 50

/** Many mails made from a template that comes with them; each has a result of its own. */
async function sendBulk(outbox: Outbox, report: Report, call: WireCall): Promise<WireAnswer> {
  const { BulkEmailEntries: entries = [], DefaultContent, ...input }: Json = JSON.parse(call.body.toString())
  const { TemplateContent: template, TemplateData: defaults = '{}' } = DefaultContent?.Template ?? {}
  if (!template) throw badRequest('the local cloud knows no stored templates: send TemplateContent')
  if (!input.FromEmailAddress || entries.length === 0 || entries.length > bulkLimit)
    throw badRequest(`a bulk needs FromEmailAddress and 1 to ${bulkLimit} BulkEmailEntries`)
  const mails = entries.map(({ Destination, ReplacementEmailContent, ReplacementHeaders, ReplacementTags }: Json) => {
    const own = ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData ?? '{}'
    const data = { ...JSON.parse(defaults), ...JSON.parse(own) }
    return {
      kind: 'email',
      from: input.FromEmailAddress,
      to: addressesOf(Destination),
      subject: filled(template.Subject, data),
      text: filled(template.Text, data),
      ...(template.Html && { html: filled(template.Html, data) }),
      headers: pairs(ReplacementHeaders ?? []),
      tags: pairs(ReplacementTags ?? []),
      ...(input.ConfigurationSetName && { configuration: input.ConfigurationSetName }),
    }
  })
  const sent = await send(outbox, report, mails)
  return json({ BulkEmailEntryResults: sent.map(({ id }) => ({ Status: 'SUCCESS', MessageId: id })) })
}

async function send(outbox: Outbox, report: Report, mails: readonly OutgoingMail[]): Promise<StoredMail[]> {
  const stored = await outbox.keep(mails)
  await Promise.all(stored.map(report))
  return stored
}

const filled = (text = '', data: Json) => text.replace(/{{\s*(\w+)\s*}}/g, (_, name) => String(data[name] ?? ''))

const addressesOf = ({ ToAddresses = [], CcAddresses = [], BccAddresses = [] }: Json = {}): string[] => [
  ...ToAddresses,
  ...CcAddresses,
  ...BccAddresses,
]

const badRequest = (message: string) => new WireError(400, 'BadRequestException', message)

const json = (body: Json): WireAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

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
    ? (await outbox.keep([{ kind: 'sms', from: 'SNS', to: [phone], subject: '', text }]))[0]!.id
    : await notify(cloud, outbox, subscriptions, { topic: topic!, subject: form.get('Subject') ?? undefined, text })
  const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${escapeXml(id)}</MessageId></PublishResult></PublishResponse>`
  return { status: 200, headers: { 'content-type': 'text/xml' }, body }
}
