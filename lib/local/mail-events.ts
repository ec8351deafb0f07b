import type { Cloud } from './cloud.ts'
import type { StoredMail } from './outbox.ts'
import { onlyProperties } from './properties.ts'

/** Tells the event bus of mails that left, where their configuration set asks for it. */
export type Report = (mail: StoredMail) => Promise<void>

/** Reads which configuration sets tell of mails that left. */
export function reportsOf(cloud: Cloud): Report {
  const told = new Set<string>()
  for (const resource of cloud.ofType('AWS::SES::ConfigurationSetEventDestination')) {
    onlyProperties(resource, 'ConfigurationSetName', 'EventDestination')
    const { ConfigurationSetName, EventDestination } = resource.properties
    const { Enabled, EventBridgeDestination, MatchingEventTypes, Name: _, ...others } = EventDestination
    if (!EventBridgeDestination || Object.keys(others).length > 0 || MatchingEventTypes.join() !== 'send')
      throw new Error(`${resource.logicalId}: the local cloud tells EventBridge of sent mails, and nothing else`)
    if (Enabled) told.add(ConfigurationSetName)
  }
  return async (mail) => {
    if (mail.configuration && told.has(mail.configuration)) await cloud.putEvents([sent(mail)])
  }
}

function sent({ id, at, from, to, subject, headers = {}, tags = {}, configuration }: StoredMail) {
  const listed = Object.entries(headers).map(([name, value]) => ({ name, value }))
  const detail = {
    eventType: 'Send',
    mail: {
      ...{ timestamp: at, source: from, messageId: id, destination: to, headersTruncated: false, headers: listed },
      commonHeaders: { from: [from], to, messageId: id, subject },
      tags: {
        'ses:configuration-set': [configuration],
        ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
      },
    },
    send: {},
  }
  return { Source: 'aws.ses', DetailType: 'Email Sent', Detail: JSON.stringify(detail) }
}
