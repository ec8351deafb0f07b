import { type Field, fieldsOf, floatOf, textOf } from './protobuf.ts'

/** A metric of a Sparkplug B payload; DATA messages may name it by its alias only. */
export interface SparkplugMetric {
  readonly name?: string
  readonly alias?: string
  /** Milliseconds since 1970. */
  readonly timestamp?: number
  /** Sparkplug's number of the type; absent in DATA messages of some clients. */
  readonly datatype?: number
  readonly isNull: boolean
  /** Large integers as text; what holds structures (data sets, templates, bytes) as undefined. */
  readonly value?: number | string | boolean
  /** Property `engUnit`. */
  readonly unit?: string
}

/** A Sparkplug B payload (Eclipse Sparkplug 3.0, chapter 6). */
export interface SparkplugPayload {
  readonly timestamp?: number
  readonly seq?: number
  readonly metrics: readonly SparkplugMetric[]
}

/** Types whose value is a signed integer in the unsigned field: two's complement, in so many bits. */
const signed: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 }

/** Reads a payload; throws where the bytes are none. */
export function readSparkplug(bytes: Uint8Array): SparkplugPayload {
  const payload: { timestamp?: number; seq?: number } = {}
  const metrics: SparkplugMetric[] = []
  for (const { number, bits, bytes: inner } of fieldsOf(bytes)) {
    if (number === 1) payload.timestamp = Number(bits)
    else if (number === 2) metrics.push(metricOf(inner))
    else if (number === 3) payload.seq = Number(bits)
  }
  return { ...payload, metrics }
}

function metricOf(bytes: Uint8Array): SparkplugMetric {
  const fields = fieldsOf(bytes)
  const last = (number: number) => fields.findLast((field) => field.number === number)
  const [name, alias, timestamp, datatype, properties] = [1, 2, 3, 4, 9].map(last)
  const value = fields.findLast(({ number }) => number >= 10 && number <= 15)
  const unit = properties && unitOf(properties.bytes)
  return {
    ...(name && { name: textOf(name.bytes) }),
    ...(alias && { alias: String(alias.bits) }),
    ...(timestamp && { timestamp: Number(timestamp.bits) }),
    ...(datatype && { datatype: Number(datatype.bits) }),
    isNull: last(7)?.bits === 1n,
    ...(value && { value: readValue(value, Number(datatype?.bits ?? 0)) }),
    ...(unit !== undefined && { unit }),
  }
}

function readValue({ number, bits, bytes }: Field, datatype: number): number | string | boolean {
  if (number === 12) return floatOf(bits, 4)
  if (number === 13) return floatOf(bits, 8)
  if (number === 14) return bits !== 0n
  if (number === 15) return textOf(bytes)
  const width = signed[datatype]
  const value = width ? BigInt.asIntN(width, bits) : bits
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
}

/** A property set holds keys and values in two lists of the same order. */
function unitOf(bytes: Uint8Array): string | undefined {
  const fields = fieldsOf(bytes)
  const keys = fields.filter(({ number }) => number === 1).map((field) => textOf(field.bytes))
  const values = fields.filter(({ number }) => number === 2)
  const found = values[keys.indexOf('engUnit')]
  const text = found && fieldsOf(found.bytes).find(({ number }) => number === 8)
  return text && textOf(text.bytes)
}
