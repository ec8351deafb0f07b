import { DuckDBTimestampValue } from '@duckdb/node-api'

type Json = any

/** The measure types of Timestream that one column can hold; DuckDB has the same names for them. */
export type MeasureType = 'BIGINT' | 'BOOLEAN' | 'DOUBLE' | 'TIMESTAMP' | 'VARCHAR'

/** One measured value, ready for its column. */
export interface Measure {
  /** Column name: the measure's own in a multi-measure record, else `measure_value::<type>`. */
  readonly column: string
  readonly type: MeasureType
  readonly value: StoredValue
}

/** A value as DuckDB takes and gives it. */
export type StoredValue = number | bigint | boolean | string | DuckDBTimestampValue

/** What records of one device and one set of measures have in common. */
export interface Series {
  readonly dimensions: ReadonlyMap<string, string>
  readonly measureName: string
  /** Tells series apart, as text. */
  readonly key: string
}

/** A record of WriteRecords with the common attributes merged in and everything checked that needs no stored data. */
export interface TimeSeriesRecord {
  readonly series: Series
  /** Microseconds since 1970. */
  readonly time: number
  readonly measures: readonly Measure[]
  readonly version: number
  /** The values as one text, by which the same record is known when it is written again. */
  readonly says: string
}

/** Why one record of a request was not written; AWS tells it in `RejectedRecords`. */
export class RecordRejected extends Error {
  readonly existingVersion: number | undefined

  constructor(reason: string, existingVersion?: number) {
    super(reason)
    this.existingVersion = existingVersion
  }
}

const MICROSECONDS: Readonly<Record<string, number>> = {
  NANOSECONDS: 0.001,
  MICROSECONDS: 1,
  MILLISECONDS: 1_000,
  SECONDS: 1_000_000,
}
const RESERVED = /^(time|measure_name|measure_value.*|ts_.*)$/i
const MOST_DIMENSIONS = 128
const MOST_MEASURES = 256
const LONGEST_VALUE = 2048

/** Reads the records of a request one by one; each throws `RecordRejected` with its reason. */
export function recordReader(common: Json): (own: Json) => TimeSeriesRecord {
  let shared: Series | undefined
  return (own) => {
    const record = { ...common, ...own }
    const isShared = own.Dimensions === undefined && own.MeasureName === undefined
    const series = (isShared && shared) || seriesOf(common, record, own)
    if (isShared) shared = series
    const unit = MICROSECONDS[record.TimeUnit ?? 'MILLISECONDS']
    if (!unit) throw new RecordRejected(`TimeUnit ${record.TimeUnit} is not known`)
    const time = timeOf(record.Time, unit)
    const measures = measuresOf(record, unit)
    const version = Number(record.Version ?? 1)
    if (!Number.isSafeInteger(version) || version < 1) throw new RecordRejected('Version must be a whole number from 1')
    return { series, time, measures, version, says: saidBy(measures.map(({ column, value }) => [column, value])) }
  }
}

function seriesOf(common: Json, { MeasureName }: Json, own: Json): Series {
  const dimensions = dimensionsOf([...(common.Dimensions ?? []), ...(own.Dimensions ?? [])])
  return makeSeries(dimensions, String(MeasureName ?? ''))
}

/** The series of these dimensions and this measure name. */
export function makeSeries(dimensions: ReadonlyMap<string, string>, measureName: string): Series {
  if (measureName === '') throw new RecordRejected('MeasureName must be given')
  return { dimensions, measureName, key: JSON.stringify([measureName, ...[...dimensions].sort(byName)]) }
}

/** The values of a record as one text, in whatever order they come. */
export function saidBy(values: readonly (readonly [column: string, value: StoredValue])[]): string {
  const texts = values.map(([column, value]) => [column, typeof value === 'object' ? value.micros : value].join(' '))
  return texts.length === 1 ? texts[0]! : JSON.stringify(texts.sort())
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

function timeOf(time: unknown, unit: number): number {
  const text = String(time ?? '')
  if (!/^\d{1,19}$/.test(text)) throw new RecordRejected(`Time ${time} is not a whole number`)
  const micros = unit < 1 ? Number(BigInt(text) / 1000n) : Number(text) * unit
  if (!Number.isSafeInteger(micros)) throw new RecordRejected(`Time ${time} is too far away`)
  return micros
}

function measuresOf(record: Json, unit: number): Measure[] {
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

function measureValue(name: string, type: MeasureType, value: unknown, unit: number): StoredValue {
  const text = String(value ?? '')
  const bad = () => new RecordRejected(`The value ${JSON.stringify(text.slice(0, 50))} of ${name} is not a ${type}`)
  switch (type) {
    case 'DOUBLE':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) throw bad()
      return Number(text)
    case 'BIGINT':
      if (!/^[+-]?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw bad()
      return BigInt(text)
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(text)) throw bad()
      return text.toLowerCase() === 'true'
    case 'TIMESTAMP':
      if (!/^\d{1,19}$/.test(text)) throw bad()
      return new DuckDBTimestampValue(BigInt(timeOf(text, unit)))
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
