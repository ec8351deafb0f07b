import type { Cloud } from './cloud.ts'
import type { StoredMail } from './outbox.ts'
import { onlyProperties } from './properties.ts'

/** Tells the event bus of what became of a mail, where its configuration set asks for it. */
export type Report = (mail: StoredMail) => Promise<void>

/** Everything that SES can be asked to tell of here. */
const told = ['send', 'bounce', 'complaint', 'reject', 'renderingFailure']

/** Reads which configuration sets tell what of their mails. */
export function reportsOf(cloud: Cloud): Report {
  const asked = new Map<string, readonly string[]>()
  for (const resource of cloud.ofType('AWS::SES::ConfigurationSetEventDestination')) {
    onlyProperties(resource, 'ConfigurationSetName', 'EventDestination')
    const { ConfigurationSetName, EventDestination } = resource.properties
    const { Enabled, EventBridgeDestination, MatchingEventTypes, Name: _, ...others } = EventDestination
    const unknown = MatchingEventTypes.filter((type: string) => !told.includes(type))
    if (!EventBridgeDestination || Object.keys(others).length > 0 || unknown.length > 0)
      throw new Error(
        `${resource.logicalId}: the local cloud tells EventBridge of ${told.join(', ')}, and nothing else`,
      )
    if (Enabled) asked.set(ConfigurationSetName, MatchingEventTypes)
  }
  return async (mail) => {
    const types = asked.get(mail.configuration ?? '') ?? []
    const events = [sent(mail), ...simulated(mail)].filter(({ type }) => types.includes(type))
    if (events.length > 0) await cloud.putEvents(events.map(({ event }) => event))
  }
}

const sent = (mail: StoredMail) => ({
  type: 'send',
  event: eventOf(mail, 'Email Sent', { eventType: 'Send', send: {} }),
})

/** The addresses of SES's mailbox simulator bring what they are named by; no other mail comes back here. */
function simulated(mail: StoredMail) {
  const recipients = (name: string) =>
    mail.to
      .filter((address) => new RegExp(`^${name}(\\+[^@]*)?@simulator\\.amazonses\\.com$`).test(address))
      .map((emailAddress) => ({ emailAddress }))
  const [gone, unwanted] = [recipients('bounce'), recipients('complaint')]
  const bounce = {
    ...{ bounceType: 'Permanent', bounceSubType: 'General', timestamp: mail.at, feedbackId: mail.id },
    bouncedRecipients: gone.map((one) => ({ ...one, status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' })),
  }
  const complaint = { complainedRecipients: unwanted, timestamp: mail.at, feedbackId: mail.id }
  return [
    ...(gone.length > 0
      ? [{ type: 'bounce', event: eventOf(mail, 'Email Bounced', { eventType: 'Bounce', bounce }) }]
      : []),
    ...(unwanted.length > 0
      ? [{ type: 'complaint', event: eventOf(mail, 'Email Complaint Received', { eventType: 'Complaint', complaint }) }]
      : []),
  ]
}

function eventOf(
  { id, at, from, to, subject, headers = {}, tags = {}, configuration }: StoredMail,
  DetailType: string,
  said: object,
) {
  const listed = Object.entries(headers).map(([name, value]) => ({ name, value }))
  const detail = {
    ...said,
    mail: {
      ...{ timestamp: at, source: from, messageId: id, destination: to, headersTruncated: false, headers: listed },
      commonHeaders: { from: [from], to, messageId: id, subject },
      tags: {
        'ses:configuration-set': [configuration],
        ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
      },
    },
  }
  return { Source: 'aws.ses', DetailType, Detail: JSON.stringify(detail) }
}
