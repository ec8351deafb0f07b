import * as z from 'zod'
import { invalid, type Refusal, refuse, shared } from '#kit'
import { telemetryRefusals } from './telemetry.ts'
import { Instant } from './values.ts'

/**
 * Statement of a rule by which a device's message goes on as it came, for SQL version 2016-03-23: one that cannot be
 * read is kept with its cause instead of being dropped. In Basic Ingest `topic(1)` is the level after the rule's name.
 */
export const messageSql =
  "SELECT topic(1) AS deviceId, clientid() AS clientId, timestamp() AS receivedMs, encode(*, 'base64') AS payload"

/** Topic of Basic Ingest on which a device publishes for a rule. */
export const messageTopic = (rule: string, deviceId: string) => `$aws/rules/${rule}/${deviceId}`

/** What every message says besides what it is about. */
export const heading = {
  /** The device's own id of the message: the same id is the same message. */
  id: z.string().regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 of letters, digits and . _ : -'),
  /** When it happened, by the clock of the device; in one spelling, so that instants compare as text. */
  at: Instant.transform((at) => new Date(at).toISOString()),
}

interface Heading {
  readonly id: string
  readonly at: string
}

const Envelope = z.strictObject({
  deviceId: z.string(),
  clientId: z.string(),
  receivedMs: z.int().positive(),
  /** What the device sent, base64. */
  payload: z.base64(),
})

/** A message as its rule passes it on, with its payload read, or with why that cannot be read. */
export const messageOf = <T extends Heading>(schema: z.ZodType<T>) =>
  Envelope.transform(({ payload, ...envelope }) => ({ ...envelope, ...readAs(schema, payload) }))

export interface DeviceMessage<T extends Heading = Heading> {
  readonly deviceId: string
  readonly clientId: string
  readonly receivedMs: number
  readonly message?: T | undefined
  readonly why?: string | undefined
}

function readAs<T>(schema: z.ZodType<T>, payload: string): { message?: T; why?: string } {
  try {
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0))
    const { data, error } = schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (!error) return { message: data }
    return {
      why: error.issues
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; ')
        .slice(0, 500),
    }
  } catch (error) {
    return { why: (error as Error).message.slice(0, 500) }
  }
}

/** A message as its rule passes it on; for examples and tests. */
export const messageFrom = (deviceId: string, receivedMs: number, message: unknown) => ({
  ...{ deviceId, clientId: deviceId, receivedMs },
  payload: btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(message)))),
})

/** What is done for a message of this device and id is done once. */
export const onceById = ({ deviceId, message }: DeviceMessage) =>
  message && { key: `${deviceId} ${message.id}`, says: message }

/** A clock may run ahead by this much, and a device that was offline may send what is as old as this. */
const [aheadMs, behindMs] = [5 * 60_000, 7 * 86_400_000 + 3_600_000]

export const messageRefusals = shared({
  'device-impersonated': telemetryRefusals['device-impersonated'],
  'message-unreadable': invalid(
    'A message of device {deviceId} cannot be read: {why}. Compare the firmware with the format of the interface.',
    '无法读取设备 {deviceId} 的报文：{why}。请核对固件与接口格式。',
  ),
  'message-misdated': invalid(
    'Message {id} of device {deviceId} is dated {at}, but it was received at {receivedAt}. Set the clock of the device.',
    '设备 {deviceId} 的报文 {id} 时间为 {at}，而接收时间为 {receivedAt}。请校准设备时钟。',
  ),
})

/** Why nothing may follow from a message, whatever it is about. */
export function messageFlaw(sent: DeviceMessage): Refusal<keyof typeof messageRefusals> | undefined {
  const { deviceId, clientId, receivedMs, message, why } = sent
  if (clientId !== deviceId) return refuse('device-impersonated', { clientId, deviceId })
  if (!message) return refuse('message-unreadable', { deviceId, why })
  const { id, at } = message
  const age = receivedMs - Date.parse(at)
  if (age < -aheadMs || age > behindMs)
    return refuse('message-misdated', { id, deviceId, at, receivedAt: new Date(receivedMs).toISOString() })
  return undefined
}
