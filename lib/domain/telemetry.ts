import * as z from 'zod'
import { invalid, type Refusal, refuse, shared } from '#kit'
import { Instant, type StorageRange } from './values.ts'

/** Name of the IoT topic rule that takes telemetry in; devices name it in their topic (Basic Ingest). */
export const telemetryRule = 'lotline_telemetry'

/**
 * Topic on which a device publishes, and the only one its policy allows it.
 * For the policy, call it with the variable of the thing's name: `${iot:Connection.Thing.ThingName}`.
 */
export const telemetryTopic = (deviceId: string) => `$aws/rules/${telemetryRule}/${deviceId}/telemetry`

/**
 * Statement of the rule, for SQL version 2016-03-23. Its result, one JSON object, goes to the telemetry queue.
 * In Basic Ingest `topic(n)` counts the levels after the rule's name, and a rule without FROM takes nothing else.
 * The fields are named one by one, so that a payload cannot bring its own `deviceId`.
 */
export const telemetrySql =
  'SELECT bootId, sequence, readings, topic(1) AS deviceId, clientid() AS clientId, timestamp() AS receivedMs'

/** IoT thing type of a kind of device; the stacks make one for each kind. */
export const thingTypeOf = (kind: Kind) => `lotline-${kind}`

interface Metric {
  readonly unit: string
  /** The least and the most that is plausible; beyond, the sensor or its unit is wrong. */
  readonly min: number
  readonly max: number
  /** Fields of a storage range that limit it. */
  readonly range: readonly [low: keyof z.infer<typeof StorageRange>, high: keyof z.infer<typeof StorageRange>]
  /** How far back inside the range a value must be to end an exposure. */
  readonly margin: number
}

/** What is measured in numbers; a reading's field is named after the metric and its unit. */
export const metrics = {
  temperatureC: { unit: '°C', min: -100, max: 150, range: ['minC', 'maxC'], margin: 0.5 },
  humidityPct: { unit: '%', min: 0, max: 100, range: ['minRh', 'maxRh'], margin: 2 },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics
export const metricNames = Object.keys(metrics) as MetricName[]
export const MetricName = z.enum(metricNames)

/** Fields that each kind of device may send. */
const fieldsOf = {
  'storage-sensor': ['temperatureC', 'humidityPct'],
  'infusion-pump': ['temperatureC', 'state'],
  machine: ['temperatureC', 'humidityPct', 'state'],
} as const satisfies Record<string, readonly (MetricName | 'state')[]>

export type Kind = keyof typeof fieldsOf
export const kinds = Object.keys(fieldsOf) as Kind[]
export const Kind = z.enum(kinds)

/** Device time in one spelling, so that instants compare as text. */
const DeviceTime = Instant.transform((at) => new Date(at).toISOString())

export const Reading = z
  .strictObject({
    at: DeviceTime,
    temperatureC: z.number().optional(),
    humidityPct: z.number().optional(),
    /** What the device is doing, e.g. `running`. */
    state: z
      .string()
      .regex(/^[a-z][a-z-]{0,31}$/, 'must be 1 to 32 of a-z and -')
      .optional(),
  })
  .refine((reading) => Object.keys(reading).length > 1, 'must hold a value besides "at"')

export type Reading = z.infer<typeof Reading>

/** One message of a device as the rule passes it on. */
export const Telemetry = z.strictObject({
  /** From the topic, which the device's policy ties to its certificate. */
  deviceId: z.string(),
  clientId: z.string(),
  /** When AWS IoT Core received it, milliseconds since 1970. */
  receivedMs: z.int().positive(),
  /** Changes with each start of the device; `sequence` then begins again. */
  bootId: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 of letters, digits, _ and -'),
  sequence: z.int().min(0),
  readings: z
    .array(Reading)
    .min(1)
    .max(100)
    .refine((readings) => new Set(readings.map(({ at }) => at)).size === readings.length, 'must differ in "at"'),
})

export type Telemetry = z.infer<typeof Telemetry>

/** A device's clock may run ahead of the cloud's by this much. */
const clockToleranceMs = 5 * 60_000

export const telemetryRefusals = shared({
  'metric-foreign': invalid(
    'Reading {index} of device {deviceId} holds {field}, which a {kind} does not send. Remove it, or register the device as another kind.',
    '设备 {deviceId} 的第 {index} 条读数含 {field}，而 {kind} 不发送此项。请删除，或将设备登记为其他类型。',
  ),
  'reading-implausible': invalid(
    'Reading {index} of device {deviceId} is {value} {unit}, outside {min} to {max} {unit}. Check the sensor and its unit.',
    '设备 {deviceId} 的第 {index} 条读数为 {value} {unit}，超出 {min} 至 {max} {unit}。请检查传感器及单位。',
  ),
  'reading-from-future': invalid(
    'Reading {index} of device {deviceId} is dated {at}, but it was received at {receivedAt}. Set the clock of the device.',
    '设备 {deviceId} 的第 {index} 条读数时间为 {at}，而接收时间为 {receivedAt}。请校准设备时钟。',
  ),
})

/** Why a message must not be recorded: its first reading that this kind of device cannot have measured. */
export function flawOf(message: Telemetry, kind: Kind): Refusal<keyof typeof telemetryRefusals> | undefined {
  const { deviceId, receivedMs } = message
  const allowed: readonly string[] = fieldsOf[kind]
  for (const [index, reading] of message.readings.entries()) {
    const { at, ...fields } = reading
    const field = Object.keys(fields).find((name) => !allowed.includes(name))
    if (field) return refuse('metric-foreign', { index, deviceId, field, kind })
    for (const name of metricNames) {
      const value = reading[name]
      const { unit, min, max } = metrics[name]
      if (value !== undefined && (value < min || value > max))
        return refuse('reading-implausible', { index, deviceId, value, unit, min, max })
    }
    if (Date.parse(at) > receivedMs + clockToleranceMs)
      return refuse('reading-from-future', { index, deviceId, at, receivedAt: new Date(receivedMs).toISOString() })
  }
  return undefined
}
