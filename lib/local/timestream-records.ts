import { hash } from 'node:crypto'

type Json = any

/** The measure types of Timestream that one column can hold; DuckDB has the same names for them. */
export type MeasureType = 'BIGINT' | 'BOOLEAN' | 'DOUBLE' | 'TIMESTAMP' | 'VARCHAR'

/** One measured value, ready for its column. */
export interface Measure {
  /** Column name: the measure's own in a multi-measure record, else `measure_value::<type>`. */
  readonly column: string
  readonly type: MeasureType
  /** Text that the column's type reads; microseconds since 1970 for a TIMESTAMP. */
  readonly value: string
}

/** A record of WriteRecords with the common attributes merged in and everything checked that needs no stored data. */
export interface TimeSeriesRecord {
  readonly dimensions: ReadonlyMap<string, string>
  readonly measureName: string
  /** Microseconds since 1970. */
  readonly time: bigint
  readonly measures: readonly Measure[]
  readonly version: number
  /** Identity of the record: dimensions, measure name and time. */
  readonly key: string
  /** Hash of the values, by which the same record is known when it is written again. */
  readonly fingerprint: string
}

/** Why one record of a request was not written; AWS tells it in `RejectedRecords`. */
export class RecordRejected extends Error {
  readonly existingVersion: number | undefined

  constructor(reason: string, existingVersion?: number) {
    super(reason)
    this.existingVersion = existingVersion
  }
}

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  NANOSECONDS: 1n,
  MICROSECONDS: 1_000n,
  MILLISECONDS: 1_000_000n,
  SECONDS: 1_000_000_000n,
}
const RESERVED = /^(time|measure_name|measure_value.*|ts_.*)$/i
const MOST_DIMENSIONS = 128
const MOST_MEASURES = 256
const LONGEST_VALUE = 2048

/** Reads one record; throws `RecordRejected` with the reason. */
export function readRecord(common: Json, own: Json): TimeSeriesRecord {
  const record = { ...common, ...own }
  const dimensions = dimensionsOf([...(common.Dimensions ?? []), ...(own.Dimensions ?? [])])
  const measureName = String(record.MeasureName ?? '')
  if (measureName === '') throw new RecordRejected('MeasureName must be given')
  const unit = NANOSECONDS[record.TimeUnit ?? 'MILLISECONDS']
  if (!unit) throw new RecordRejected(`TimeUnit ${record.TimeUnit} is not known`)
  const nanoseconds = timeOf(record.Time, unit)
  const measures = measuresOf(record, unit)
  const version = Number(record.Version ?? 1)
  if (!Number.isSafeInteger(version) || version < 1) throw new RecordRejected('Version must be a whole number from 1')
  const identity = [[...dimensions].sort(byName), measureName, String(nanoseconds)]
  const values = measures.map(({ column, type, value }) => [column, type, value] as const)
  return {
    dimensions,
    measureName,
    time: nanoseconds / 1000n,
    measures,
    version,
    key: digest(identity),
    fingerprint: digest([...values].sort(byName)),
  }
}

function dimensionsOf(given: Json[]): Map<string, string> {
  if (given.length === 0) throw new RecordRejected('At least one dimension must be given')
  if (given.length > MOST_DIMENSIONS) throw new RecordRejected(`A record has at most ${MOST_DIMENSIONS} dimensions`)
  const dimensions = new Map<string, string>()
  for (const { Name: name, Value: value } of given) {
    checkName(name)
    if (typeof value !== 'string' || value === '') throw new RecordRejected(`Dimension ${name} has no value`)
    if (value.length > LONGEST_VALUE) throw new RecordRejected(`Dimension ${name} is longer than ${LONGEST_VALUE}`)
    if (dimensions.has(name)) throw new RecordRejected(`Duplicate dimension ${name}`)
    dimensions.set(name, value)
  }
  return dimensions
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '' || name.length > 256)
    throw new RecordRejected('A name must have 1 to 256 characters')
  if (RESERVED.test(name)) throw new RecordRejected(`${name} is a reserved name`)
}

function timeOf(time: unknown, unit: bigint): bigint {
  if (!/^\d{1,19}$/.test(String(time ?? ''))) throw new RecordRejected(`Time ${time} is not a whole number`)
  return BigInt(String(time)) * unit
}

function measuresOf(record: Json, unit: bigint): Measure[] {
  const type = record.MeasureValueType ?? 'DOUBLE'
  if (type !== 'MULTI') {
    if (record.MeasureValues?.length > 0) throw new RecordRejected('MeasureValues need MeasureValueType MULTI')
    const value = measureValue(record.MeasureName, type, record.MeasureValue, unit)
    return [{ column: `measure_value::${type.toLowerCase()}`, type, value }]
  }
  const values: Json[] = record.MeasureValues ?? []
  if (record.MeasureValue !== undefined) throw new RecordRejected('A MULTI record has MeasureValues, not MeasureValue')
  if (values.length === 0 || values.length > MOST_MEASURES)
    throw new RecordRejected(`A MULTI record has 1 to ${MOST_MEASURES} MeasureValues`)
  const columns = new Set<string>()
  return values.map(({ Name: column, Type, Value }) => {
    checkName(column)
    if (columns.has(column)) throw new RecordRejected(`Duplicate measure ${column}`)
    columns.add(column)
    return { column, type: Type, value: measureValue(column, Type, Value, unit) }
  })
}

function measureValue(name: string, type: MeasureType, value: unknown, unit: bigint): string {
  const text = String(value ?? '')
  const bad = () => new RecordRejected(`The value ${JSON.stringify(text.slice(0, 50))} of ${name} is not a ${type}`)
  switch (type) {
    case 'DOUBLE':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) throw bad()
      return text
    case 'BIGINT':
      if (!/^[+-]?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw bad()
      return text
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(text)) throw bad()
      return text.toLowerCase()
    case 'TIMESTAMP':
      if (!/^\d{1,19}$/.test(text)) throw bad()
      return String((BigInt(text) * unit) / 1000n)
    case 'VARCHAR':
      if (text === '' || text.length > LONGEST_VALUE) throw bad()
      return text
    default:
      throw new RecordRejected(`The type ${type} of ${name} is not one of Timestream`)
  }
}

function byName([one]: readonly [string, ...unknown[]], [other]: readonly [string, ...unknown[]]): number {
  return one < other ? -1 : 1
}

/** Short texts stand for themselves: hashing each record's few values took a tenth of the time of a write. */
function digest(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= 64 ? text : hash('sha256', text, 'base64url').slice(0, 22)
}
