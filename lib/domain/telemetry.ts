import * as z from 'zod'
import { forbidden, invalid, type Refusal, refuse, shared } from '#kit'
import type { Dictionary } from './device-kind.ts'
import { readSparkplug, type SparkplugMetric } from './sparkplug.ts'
import { Instant } from './values.ts'

/** Name of the IoT topic rule that takes telemetry in; devices name it in their topic (Basic Ingest). */
export const telemetryRule = 'lotline_telemetry'

/** How a message is written: plain JSON, or a Sparkplug B payload. */
export const formats = ['telemetry', 'sparkplug'] as const

/**
 * Topic on which a device publishes a format, and the only ones its policy allows it.
 * For the policy, call it with the variable of the thing's name: `${iot:Connection.Thing.ThingName}`.
 */
export const telemetryTopic = (deviceId: string, format: (typeof formats)[number]) =>
  `$aws/rules/${telemetryRule}/${deviceId}/${format}`

/**
 * Statement of the rule, for SQL version 2016-03-23. Its result, one JSON object, goes to the telemetry queue.
 * In Basic Ingest `topic(n)` counts the levels after the rule's name, and a rule without FROM takes nothing else.
 * The payload goes on as it came, so that one which cannot be read is kept with its cause instead of being dropped,
 * and so that it cannot bring its own `deviceId`.
 */
export const telemetrySql =
  "SELECT topic(1) AS deviceId, topic(2) AS format, clientid() AS clientId, timestamp() AS receivedMs, encode(*, 'base64') AS payload"

/** One message of a device as the rule passes it on. */
export const Arrival = z.strictObject({
  /** From the topic, which the device's policy ties to its certificate. */
  deviceId: z.string(),
  format: z.enum(formats),
  clientId: z.string(),
  /** When AWS IoT Core received it, milliseconds since 1970. */
  receivedMs: z.int().positive(),
  /** What the device sent, base64. */
  payload: z.base64(),
})

export type Arrival = z.infer<typeof Arrival>

/** A plain message as the rule passes it on; for examples and tests. */
export const arrivalOf = (deviceId: string, receivedMs: number, message: object): Arrival => ({
  ...{ deviceId, format: 'telemetry', clientId: deviceId, receivedMs },
  payload: btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(message)))),
})

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  // Written out: `Uint8Array.from` with a function took a fifth of the CPU of taking a message in.
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index)
  return bytes
}

/** `2026-03-02T08:00:00.000Z`: most devices spell it so. */
const inOneSpelling = (at: string) => at.length === 24 && at.endsWith('Z')

/** Device time in one spelling, so that instants compare as text. */
const DeviceTime = Instant.transform((at) => (inOneSpelling(at) ? at : new Date(at).toISOString()))

/** Readings of one message. */
const mostReadings = 100

/** A plain message: each reading holds values by the codes of the device's dictionary. */
export const Payload = z.strictObject({
  /** Changes with each start of the device; `sequence` then begins again. */
  bootId: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 of letters, digits, _ and -'),
  sequence: z.int().min(0),
  readings: z
    .array(
      z
        .object({ at: DeviceTime })
        .catchall(z.union([z.number(), z.string().max(64)], 'must be a number or a short text'))
        .refine((reading) => Object.keys(reading).length > 1, 'must hold a value besides "at"'),
    )
    .min(1)
    .max(mostReadings)
    .refine((readings) => new Set(readings.map(({ at }) => at)).size === readings.length, 'must differ in "at"'),
  /** Units by code, where the device says them; they must be those of the dictionary. */
  units: z.record(z.string(), z.string()).optional(),
})

/** What was measured at one time. */
export interface Reading {
  readonly at: string
  readonly values: Readonly<Record<string, number | string>>
}

/** A message, read and found sound. */
export interface Telemetry {
  readonly receivedMs: number
  readonly bootId: string
  readonly sequence: number
  readonly readings: readonly Reading[]
  /** Codes by the alias under which a Sparkplug client will send them from now on. */
  readonly aliases: Readonly<Record<string, string>>
}

/** A device's clock may run ahead of the cloud's by this much. */
const aheadMs = 5 * 60_000
/** A device that was offline may send readings as old as this. */
const behindMs = 7 * 86_400_000 + 3_600_000

export const telemetryRefusals = shared({
  'payload-unreadable': invalid(
    'A {format} message of device {deviceId} cannot be read: {why}. Compare the firmware with the format of the interface.',
    '无法读取设备 {deviceId} 的 {format} 报文：{why}。请核对固件与接口格式。',
  ),
  'device-impersonated': forbidden(
    'Client {clientId} spoke as device {deviceId}. A device connects with its own id as client id.',
    '客户端 {clientId} 冒用设备 {deviceId}。设备须以自身编号作为客户端编号连接。',
  ),
  'metric-foreign': invalid(
    'Reading {index} of device {deviceId} holds {field}, which the dictionary of its kind does not name. Remove it, or add it to the kind and apply the kind to the device.',
    '设备 {deviceId} 的第 {index} 条读数含 {field}，其类型的数据字典中没有此项。请删除，或在类型中添加并应用到该设备。',
  ),
  'metric-unit-foreign': invalid(
    'Device {deviceId} measures {field} in {given}; the dictionary of its kind says {unit}. Set the unit of the device.',
    '设备 {deviceId} 的 {field} 以 {given} 为单位，而数据字典规定为 {unit}。请设置设备单位。',
  ),
  'reading-mistyped': invalid(
    'Reading {index} of device {deviceId} has {value} for {field}; a {wanted} is expected. Check the sensor.',
    '设备 {deviceId} 的第 {index} 条读数中 {field} 为 {value}，应为 {wanted}。请检查传感器。',
  ),
  'reading-implausible': invalid(
    'Reading {index} of device {deviceId}: {field} is {value} {unit}, outside {min} to {max} {unit}. Check the sensor and its unit.',
    '设备 {deviceId} 的第 {index} 条读数：{field} 为 {value} {unit}，超出 {min} 至 {max} {unit}。请检查传感器及单位。',
  ),
  'reading-from-future': invalid(
    'Reading {index} of device {deviceId} is dated {at}, but it was received at {receivedAt}. Set the clock of the device.',
    '设备 {deviceId} 的第 {index} 条读数时间为 {at}，而接收时间为 {receivedAt}。请校准设备时钟。',
  ),
  'reading-too-old': invalid(
    'Reading {index} of device {deviceId} is dated {at}, more than 7 days before it was received at {receivedAt}. Set the clock of the device.',
    '设备 {deviceId} 的第 {index} 条读数时间为 {at}，比接收时间 {receivedAt} 早 7 天以上。请校准设备时钟。',
  ),
})

export type Flaw = Refusal<keyof typeof telemetryRefusals>

/** What a device may send, and what it said about it before. */
export interface Vocabulary extends z.infer<typeof Dictionary> {
  readonly aliases: Readonly<Record<string, string>>
}

/** Reads a message; the flaw for which nothing of it must be recorded, where it has one. */
export function telemetryOf(arrival: Arrival, vocabulary: Vocabulary): Telemetry | Flaw {
  const { deviceId, clientId, format } = arrival
  if (clientId !== deviceId) return refuse('device-impersonated', { clientId, deviceId })
  const read = format === 'telemetry' ? plainOf(arrival) : sparkplugOf(arrival, vocabulary)
  if ('refusal' in read) return read
  return unitFlaw(deviceId, read.units, vocabulary) ?? readingFlaw(deviceId, read, vocabulary) ?? read
}

type Raw = Telemetry & { readonly units: Readonly<Record<string, string>> }

const unreadable = ({ deviceId, format }: Arrival, why: string) =>
  refuse('payload-unreadable', { deviceId, format, why: why.slice(0, 500) })

function plainOf(arrival: Arrival): Raw | Flaw {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(arrival.payload)))
  } catch (error) {
    return unreadable(arrival, (error as Error).message)
  }
  const { data, error } = Payload.safeParse(json)
  if (error)
    return unreadable(arrival, error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const readings = data.readings.map(({ at, ...values }) => ({ at, values: values as Reading['values'] }))
  const { bootId, sequence, units = {} } = data
  return { receivedMs: arrival.receivedMs, bootId, sequence, readings, units, aliases: {} }
}

/** Metrics by which Sparkplug clients steer each other; they measure nothing. */
const isSteering = (name: string) => name === 'bdSeq' || /^(Node|Device) Control\//.test(name)

function sparkplugOf(arrival: Arrival, { metrics, aliases }: Vocabulary): Raw | Flaw {
  try {
    const payload = readSparkplug(bytesOf(arrival.payload))
    const codeOf = (name: string) => metrics.find(({ sparkplugName }) => sparkplugName === name)?.code ?? name
    const born = payload.metrics.flatMap(({ name, alias }) =>
      name !== undefined && alias !== undefined ? [[alias, isSteering(name) ? name : codeOf(name)] as const] : [],
    )
    const known = { ...aliases, ...Object.fromEntries(born) }
    const nameOf = ({ name, alias = '' }: SparkplugMetric) => (name === undefined ? known[alias] : codeOf(name))
    const units: Record<string, string> = {}
    const readings = new Map<string, Record<string, number | string>>()
    for (const metric of payload.metrics) {
      const code = nameOf(metric)
      // Its birth has not arrived yet: a fault, so that the message comes again.
      if (code === undefined)
        throw new AliasUnknown(`Device ${arrival.deviceId} sent alias ${metric.alias} before its birth message came.`)
      if (isSteering(code) || metric.isNull) continue
      if (metric.unit !== undefined) units[code] = metric.unit
      const at = new Date(metric.timestamp ?? payload.timestamp ?? Number.NaN).toISOString()
      const values = readings.get(at) ?? {}
      readings.set(at, values)
      values[code] ??= typeof metric.value === 'number' ? metric.value : String(metric.value)
    }
    const bdSeq = payload.metrics.find(({ name }) => name === 'bdSeq')?.value
    if (readings.size > mostReadings) return unreadable(arrival, `more than ${mostReadings} times in one message`)
    return {
      ...{ receivedMs: arrival.receivedMs, bootId: bdSeq === undefined ? 'sparkplug' : `bd${bdSeq}` },
      ...{ sequence: payload.seq ?? 0, units, aliases: Object.fromEntries(born) },
      readings: [...readings].map(([at, values]) => ({ at, values })),
    }
  } catch (error) {
    if (error instanceof AliasUnknown) throw error
    return unreadable(arrival, (error as Error).message)
  }
}

class AliasUnknown extends Error {}

function unitFlaw(deviceId: string, units: Raw['units'], { metrics }: Vocabulary): Flaw | undefined {
  for (const { code: field, unit } of metrics) {
    const given = units[field]
    if (given !== undefined && given !== unit)
      return refuse('metric-unit-foreign', { deviceId, field, given: given.slice(0, 20), unit })
  }
  return undefined
}

function readingFlaw(deviceId: string, message: Telemetry, { metrics, texts }: Vocabulary): Flaw | undefined {
  const { receivedMs } = message
  const received = () => ({ receivedAt: new Date(receivedMs).toISOString() })
  for (const [index, { at, values }] of message.readings.entries()) {
    const time = Date.parse(at)
    if (time > receivedMs + aheadMs) return refuse('reading-from-future', { index, deviceId, at, ...received() })
    if (time < receivedMs - behindMs) return refuse('reading-too-old', { index, deviceId, at, ...received() })
    for (const [field, value] of Object.entries(values)) {
      const where = { index, deviceId, field }
      const metric = metrics.find(({ code }) => code === field)
      if (!metric && !texts.includes(field)) return refuse('metric-foreign', where)
      const wanted = metric ? 'number' : 'text'
      const fits = metric
        ? typeof value === 'number' && Number.isFinite(value)
        : typeof value === 'string' && value !== ''
      if (!fits) return refuse('reading-mistyped', { ...where, value: String(value), wanted })
      if (metric && (Number(value) < metric.min || Number(value) > metric.max))
        return refuse('reading-implausible', {
          ...where,
          ...{ value: Number(value), unit: metric.unit, min: metric.min, max: metric.max },
        })
    }
  }
  return undefined
}
