import {
  BIGINT,
  type DuckDBConnection,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
} from '@duckdb/node-api'
import { tally } from './tally.ts'
import type { Stored } from './timestream-recent.ts'
import { RecordRejected, type StoredValue, saidBy, type TimeSeriesRecord } from './timestream-records.ts'
import { addColumns, addRows, addSeries, missingColumns, rowsOf, type StoredTable } from './timestream-tables.ts'

/** Writes the records that can be written and gives the reason for each other, by its place; one call at a time. */
export async function writeRecords(
  connection: DuckDBConnection,
  table: StoredTable,
  records: readonly (TimeSeriesRecord | RecordRejected)[],
): Promise<Map<number, RecordRejected>> {
  const rejected = new Map<number, RecordRejected>()
  const fitting = await takeFitting(connection, table, records, rejected)
  await addSeries(connection, table, [...fitting.values()])
  const placed = new Map([...fitting].map(([index, record]) => [index, place(table, record)]))
  const newest = await storedBefore(connection, table, [...placed.values()])
  const accepted = new Map<string, Placed>()
  const superseded = new Map<string, Placed>()
  for (const [index, one] of placed)
    try {
      const known = newest.get(one.key)
      if (!supersedes(one.record, known)) continue
      if (known && !accepted.has(one.key)) superseded.set(one.key, one)
      newest.set(one.key, one.record)
      accepted.set(one.key, one)
    } catch (error) {
      if (!(error instanceof RecordRejected)) throw error
      rejected.set(index, error)
    }
  if (accepted.size > 0) await put(connection, table, [...accepted.values()], [...superseded.values()])
  return rejected
}

/** The records that the table has columns for, by their place; it gets those that it lacks. */
async function takeFitting(
  connection: DuckDBConnection,
  table: StoredTable,
  records: readonly (TimeSeriesRecord | RecordRejected)[],
  rejected: Map<number, RecordRejected>,
): Promise<Map<number, TimeSeriesRecord>> {
  const fitting = new Map<number, TimeSeriesRecord>()
  for (const [index, record] of records.entries())
    try {
      if (record instanceof RecordRejected) throw record
      const missing = missingColumns(table, record)
      if (missing) await addColumns(connection, table, missing)
      fitting.set(index, record)
    } catch (error) {
      if (!(error instanceof RecordRejected)) throw error
      rejected.set(index, error)
    }
  return fitting
}

/** A record with the number of its series. */
interface Placed {
  readonly record: TimeSeriesRecord
  readonly series: number
  /** Identity of the record. */
  readonly key: string
}

const keyOf = (series: number, time: number) => `${series}@${time}`

function place(table: StoredTable, record: TimeSeriesRecord): Placed {
  const series = table.series.get(record.series.key)!
  return { record, series, key: keyOf(series, record.time) }
}

/** What is stored under the identities of these records. */
async function storedBefore(
  connection: DuckDBConnection,
  table: StoredTable,
  placed: readonly Placed[],
): Promise<Map<string, Stored>> {
  const found = new Map<string, Stored>()
  const sought: Placed[] = []
  for (const one of placed) {
    const known = table.recent.get(one.series, one.record.time)
    if (known) found.set(one.key, known)
    else if (table.recent.mayBeForgotten(one.series, one.record.time)) sought.push(one)
  }
  if (sought.length === 0) return found
  const reader = await connection.runAndReadAll(
    `SELECT * REPLACE (epoch_us("time") AS "time") FROM ${rowsOf(table.definition)} WHERE ${isOneOf}`,
    ...identities(sought),
  )
  const names = reader.columnNames()
  for (const row of reader.getRows()) {
    const values = names.flatMap((name, index): [string, StoredValue][] =>
      row[index] === null || isOwn(name) ? [] : [[name, row[index] as StoredValue]],
    )
    const [series, version, time] = ['_series', '_version', 'time'].map((name) => Number(row[names.indexOf(name)]))
    found.set(keyOf(series!, time!), { version: version!, says: saidBy(values) })
  }
  return found
}

const isOwn = (column: string) => column === 'time' || column.startsWith('_')

/** The times let DuckDB skip the row groups of other days. */
const isOneOf = `"time" BETWEEN make_timestamp(CAST(? AS BIGINT)) AND make_timestamp(CAST(? AS BIGINT))
  AND (_series, "time") IN (SELECT unnest(?), make_timestamp(unnest(?)))`

/** Values of that condition, and their types. */
function identities(placed: readonly Placed[]): [DuckDBValue[], DuckDBType[]] {
  const times = placed.map(({ record }) => BigInt(record.time))
  const inOrder = times.toSorted((one, other) => (one < other ? -1 : 1))
  const series = placed.map((one) => one.series)
  return [
    [inOrder[0]!, inOrder.at(-1)!, listValue(series), listValue(times)],
    [BIGINT, BIGINT, LIST(INTEGER), LIST(BIGINT)],
  ]
}

/** Whether a record changes what is stored; the same record again changes nothing, and an older one is rejected. */
function supersedes(record: TimeSeriesRecord, stored: Stored | undefined): boolean {
  if (!stored || record.version > stored.version) return true
  if (record.version === stored.version && record.says === stored.says) return false
  throw new RecordRejected(
    record.version === stored.version
      ? 'A record already exists with the same time, dimensions, measure name and version, but other values; a higher version replaces it'
      : `The record version ${record.version} is lower than the existing version ${stored.version}`,
    stored.version,
  )
}

/** Appends the records, in place of those that they supersede. */
async function put(
  connection: DuckDBConnection,
  table: StoredTable,
  placed: readonly Placed[],
  superseded: readonly Placed[],
): Promise<void> {
  await connection.run('BEGIN')
  try {
    if (superseded.length > 0)
      await connection.run(`DELETE FROM ${rowsOf(table.definition)} WHERE ${isOneOf}`, ...identities(superseded))
    const positions = new Map([...table.columns.keys()].map((name, index) => [name, index]))
    await addRows(
      connection,
      table,
      placed.map((one) => rowOf(one, positions)),
    )
    // A commit writes the log to disk: what was acknowledged survives a kill.
    await connection.run('COMMIT')
    tally('timestream commit')
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
  for (const { series, record } of placed) table.recent.add(series, record.time, record)
}

/** The values of a record in the order of the columns. */
function rowOf({ series, record }: Placed, positions: ReadonlyMap<string, number>): DuckDBValue[] {
  const row: DuckDBValue[] = new Array(positions.size).fill(null)
  row[positions.get('_series')!] = series
  row[positions.get('_version')!] = BigInt(record.version)
  row[positions.get('time')!] = new DuckDBTimestampValue(BigInt(record.time))
  for (const { column, value } of record.measures) row[positions.get(column)!] = value
  return row
}
