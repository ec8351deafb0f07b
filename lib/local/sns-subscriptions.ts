import { randomUUID } from 'node:crypto'
import type { Cloud } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import type { Outbox } from './outbox.ts'
import { onlyProperties } from './properties.ts'
import { assertTarget } from './targets.ts'

/** Who gets what is published on a topic. */
export interface Subscription {
  readonly topic: string
  readonly protocol: string
  readonly endpoint: string
  readonly raw: boolean
}

interface Notification {
  readonly topic: string
  readonly subject: string | undefined
  readonly text: string
}

const PROTOCOLS = ['email', 'email-json', 'lambda', 'sms', 'sqs']

/** Reads the subscriptions of all topics, declared on their own or with their topic. */
export function subscriptionsOf(cloud: Cloud): Subscription[] {
  const own = cloud.ofType('AWS::SNS::Subscription').map((resource) => {
    onlyProperties(resource, 'Endpoint', 'Protocol', 'RawMessageDelivery', 'Region', 'TopicArn')
    const { TopicArn, Protocol, Endpoint, RawMessageDelivery } = resource.properties
    return { topic: TopicArn, protocol: Protocol, endpoint: Endpoint, raw: RawMessageDelivery === true }
  })
  const withTopic = cloud.ofType('AWS::SNS::Topic').flatMap(({ ref, properties }) =>
    (properties.Subscription ?? []).map((each: Json) => ({
      topic: ref,
      protocol: each.Protocol,
      endpoint: each.Endpoint,
      raw: false,
    })),
  )
  const all: Subscription[] = [...own, ...withTopic]
  for (const { topic, protocol, endpoint } of all) {
    if (!PROTOCOLS.includes(protocol))
      throw new Error(`topic ${topic} has a subscription by ${protocol}, which the local cloud does not deliver`)
    if (protocol === 'lambda' || protocol === 'sqs') assertTarget(cloud, endpoint, `topic ${topic}`)
  }
  return all
}

/** Hands a message to every subscriber durably and returns its id. */
export async function notify(
  cloud: Cloud,
  outbox: Outbox,
  subscriptions: readonly Subscription[],
  message: Notification,
): Promise<string> {
  const id = randomUUID()
  const document = {
    Type: 'Notification',
    MessageId: id,
    TopicArn: message.topic,
    ...(message.subject && { Subject: message.subject }),
    Message: message.text,
    Timestamp: new Date().toISOString(),
  }
  const deliveries = subscriptions
    .filter(({ topic }) => topic === message.topic)
    .map(({ protocol, endpoint, raw }) => {
      if (protocol === 'sqs') return cloud.send(endpoint, raw ? message.text : JSON.stringify(document))
      if (protocol === 'lambda')
        return cloud.invokeLater(endpoint, {
          Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns: document }],
        })
      const kind = protocol === 'sms' ? 'sms' : 'email'
      return outbox.keep([
        { kind, from: message.topic, to: [endpoint], subject: message.subject ?? '', text: message.text },
      ])
    })
  await Promise.all(deliveries)
  return id
}
