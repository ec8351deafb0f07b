import type { Cloud } from './cloud.ts'
import { putRecord } from './firehose.ts'

const DELIVERIES: Readonly<Record<string, (cloud: Cloud, arn: string, payload: unknown) => Promise<unknown>>> = {
  lambda: (cloud, arn, payload) => cloud.invokeLater(arn, payload),
  sqs: (cloud, arn, payload) => cloud.send(arn, typeof payload === 'string' ? payload : JSON.stringify(payload)),
  firehose: (_, arn, payload) => putRecord(arn, JSON.stringify(payload)),
  states: (cloud, arn, payload) => cloud.startExecution(arn, payload),
}

/** Stops the start when something is to be delivered to a kind of resource, or a resource, that is not there. */
export function assertTarget(cloud: Cloud, arn: string, from: string): void {
  if (!(kindOf(arn) in DELIVERIES))
    throw new Error(`${from} has the target ${arn}, to which the local cloud does not deliver`)
  cloud.find(arn.replace(/(:function:[^:]+):[^:]+$/, '$1'))
}

/** Hands a payload to a function, a queue or a state machine; resolves when it would survive a crash. */
export async function deliver(cloud: Cloud, arn: string, payload: unknown): Promise<void> {
  const delivery = DELIVERIES[kindOf(arn)]
  if (!delivery) throw new Error(`the local cloud does not deliver to ${arn}`)
  await delivery(cloud, arn, payload)
}

function kindOf(arn: string): string {
  return arn.split(':')[2] ?? ''
}
