import { expect, test } from 'vitest'
import { Device } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { readSparkplug } from '../../lib/domain/sparkplug.ts'
import { telemetryOf, type Vocabulary } from '../../lib/domain/telemetry.ts'
import { vectors } from './vectors.ts'

interface Case {
  readonly id: string
  readonly hex: string
  /** As the official schema decodes it: unsigned, and 64-bit numbers as text. */
  readonly protobuf: { readonly timestamp?: string; readonly seq?: string; readonly metrics?: readonly any[] }
}
const cases = vectors<{ payloads: readonly Case[] }>('sparkplug.json')?.payloads ?? []

/** Types of signed integers with their bits. */
const signed: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 }
const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text))

function valueSent(metric: any): unknown {
  const integer = metric.int_value ?? metric.long_value
  if (integer === undefined)
    return metric.float_value ?? metric.double_value ?? metric.boolean_value ?? metric.string_value
  const width = signed[metric.datatype]
  return Number(width ? BigInt.asIntN(width, BigInt(integer)) : BigInt(integer))
}

test.runIf(cases.length > 0)('every recorded payload is read as the official schema reads it', () => {
  for (const { id, hex, protobuf } of cases) {
    const { timestamp, seq, metrics } = readSparkplug(Buffer.from(hex, 'hex'))
    expect({ timestamp, seq }, id).toEqual({ timestamp: numberOf(protobuf.timestamp), seq: numberOf(protobuf.seq) })
    expect(
      metrics.map(({ name, alias, timestamp, datatype, isNull, value }) => [
        ...[name, alias, timestamp, datatype, isNull, value],
      ]),
      id,
    ).toEqual(
      (protobuf.metrics ?? []).map((metric) => [
        ...[metric.name, metric.alias, numberOf(metric.timestamp), metric.datatype, metric.is_null ?? false],
        valueSent(metric),
      ]),
    )
  }
  console.log(`sparkplug: ${cases.length} of ${cases.length} payloads`)
})

test.runIf(cases.length > 0)('a payload that is cut off anywhere is refused or is a shorter one, never a crash', () => {
  for (const { hex } of cases) {
    const bytes = Buffer.from(hex, 'hex')
    for (let length = 0; length < bytes.length; length++)
      try {
        expect(readSparkplug(bytes.subarray(0, length)).metrics.length).toBeLessThanOrEqual(bytes.length)
      } catch (error) {
        expect(['RangeError', 'TypeError']).toContain((error as Error).name)
      }
  }
})

/** Writes fields in the wire format, as far as these tests need it. */
const varint = (value: bigint): number[] =>
  value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)]
const number = (field: number, value: number | bigint) => [...varint(BigInt(field << 3)), ...varint(BigInt(value))]
const blob = (field: number, bytes: readonly number[] | string) => {
  const all = typeof bytes === 'string' ? [...Buffer.from(bytes)] : bytes
  return [...varint(BigInt((field << 3) | 2)), ...varint(BigInt(all.length)), ...all]
}
const double = (field: number, value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [...varint(BigInt((field << 3) | 1)), ...bytes]
}

const now = Date.UTC(2026, 2, 2, 12)
const deviceId = Device.sample()
const arrival = (...metrics: readonly (readonly number[])[]) => ({
  ...{ deviceId, clientId: deviceId, format: 'sparkplug' as const, receivedMs: now },
  payload: Buffer.from([...number(1, now), ...metrics.flatMap((one) => blob(2, one)), ...number(3, 7)]).toString(
    'base64',
  ),
})
const unit = (text: string) => blob(9, [...blob(1, 'engUnit'), ...blob(2, [...number(1, 12), ...blob(8, text)])])
const { dictionary } = DeviceStatus.like()
const vocabulary: Vocabulary = {
  ...dictionary,
  metrics: dictionary.metrics.map((metric, index) =>
    index ? metric : { ...metric, sparkplugName: 'Room/Temperature' },
  ),
  aliases: {},
}
const birth = arrival(
  [...blob(1, 'bdSeq'), ...number(4, 8), ...number(11, 3)],
  [...blob(1, 'Node Control/Rebirth'), ...number(4, 11), ...number(14, 0)],
  [...blob(1, 'Room/Temperature'), ...number(2, 5), ...number(4, 10), ...double(13, 4.5), ...unit('°C')],
)

test('a birth names metrics by the dictionary, and data that follows needs only aliases', () => {
  const born = telemetryOf(birth, vocabulary)
  expect(born).toMatchObject({
    ...{ bootId: 'bd3', sequence: 7, aliases: { 5: 'temperatureC' } },
    readings: [{ at: new Date(now).toISOString(), values: { temperatureC: 4.5 } }],
  })
  const data = arrival([...number(2, 5), ...number(3, now - 1000), ...double(13, 4.25)])
  expect(telemetryOf(data, { ...vocabulary, aliases: (born as any).aliases })).toMatchObject({
    readings: [{ at: new Date(now - 1000).toISOString(), values: { temperatureC: 4.25 } }],
  })
})

test('data that comes before its birth is a fault that comes again, not a refusal', () => {
  expect(() => telemetryOf(arrival([...number(2, 5), ...double(13, 4.25)]), vocabulary)).toThrow('before its birth')
})

test.each([
  ['another unit', [...blob(1, 'humidityPct'), ...double(13, 0.4), ...unit('1')], 'metric-unit-foreign'],
  ['a number that is none', [...blob(1, 'humidityPct'), ...double(13, Number.NaN)], 'reading-mistyped'],
  ['an unknown metric', [...blob(1, 'Pressure'), ...double(13, 1)], 'metric-foreign'],
  ['a data set', [...blob(1, 'humidityPct'), ...number(4, 16), ...blob(17, [])], 'reading-mistyped'],
  ['an impossible time', [...blob(1, 'humidityPct'), ...number(3, 2n ** 63n), ...double(13, 1)], 'payload-unreadable'],
])('%s is refused with the cause', (_, metric, refusal) => {
  expect(telemetryOf(arrival(metric), vocabulary)).toMatchObject({ refusal })
})

test('what is null is no reading', () => {
  expect(telemetryOf(arrival([...blob(1, 'humidityPct'), ...number(7, 1)]), vocabulary)).toMatchObject({ readings: [] })
})
