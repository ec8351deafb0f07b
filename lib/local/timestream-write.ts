import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api'
import { type Measure, RecordRejected, type TimeSeriesRecord } from './timestream-records.ts'
import { addColumns, quote, rawName, type TableDefinition, TYPES } from './timestream-tables.ts'

/** Writes the records that can be written and gives the reason for each other, by its place; one call at a time. */
export async function writeRecords(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: Map<string, string>,
  records: readonly (TimeSeriesRecord | RecordRejected)[],
): Promise<Map<number, RecordRejected>> {
  const rejected = new Map<number, RecordRejected>()
  const newest = await storedVersions(connection, table, records)
  const accepted = new Map<string, TimeSeriesRecord>()
  for (const [index, record] of records.entries())
    try {
      if (record instanceof RecordRejected) throw record
      if (!supersedes(record, newest.get(record.key))) continue
      await addColumns(connection, table, columns, record)
      newest.set(record.key, record)
      accepted.set(record.key, record)
    } catch (error) {
      if (!(error instanceof RecordRejected)) throw error
      rejected.set(index, error)
    }
  if (accepted.size > 0) await upsert(connection, table, [...accepted.values()])
  return rejected
}

type Stored = Pick<TimeSeriesRecord, 'version' | 'fingerprint'>

async function storedVersions(
  connection: DuckDBConnection,
  table: TableDefinition,
  records: readonly (TimeSeriesRecord | RecordRejected)[],
): Promise<Map<string, Stored>> {
  const sought = records.filter((record): record is TimeSeriesRecord => !(record instanceof RecordRejected))
  if (sought.length === 0) return new Map()
  const times = sought.map((record) => record.time).sort((one, other) => (one < other ? -1 : 1))
  // The times let DuckDB skip the row groups of other days.
  const reader = await connection.runAndReadAll(
    `SELECT _key, _version, _fingerprint FROM ${rawName(table)}
     WHERE "time" BETWEEN make_timestamp(CAST(? AS BIGINT)) AND make_timestamp(CAST(? AS BIGINT))
       AND _key IN (SELECT unnest(?))`,
    [String(times[0]), String(times.at(-1)), listValue(sought.map((record) => record.key))],
    [VARCHAR, VARCHAR, LIST(VARCHAR)],
  )
  return new Map(
    reader
      .getRows()
      .map(([key, version, fingerprint]) => [
        String(key),
        { version: Number(version), fingerprint: String(fingerprint) },
      ]),
  )
}

/** Whether a record changes what is stored; the same record again changes nothing, and an older one is rejected. */
function supersedes(record: TimeSeriesRecord, stored: Stored | undefined): boolean {
  if (!stored || record.version > stored.version) return true
  if (record.version === stored.version && record.fingerprint === stored.fingerprint) return false
  throw new RecordRejected(
    record.version === stored.version
      ? 'A record already exists with the same time, dimensions, measure name and version, but other values; a higher version replaces it'
      : `The record version ${record.version} is lower than the existing version ${stored.version}`,
    stored.version,
  )
}

async function upsert(
  connection: DuckDBConnection,
  table: TableDefinition,
  records: readonly TimeSeriesRecord[],
): Promise<void> {
  await connection.run('BEGIN')
  try {
    for (const group of sameColumns(records)) await upsertGroup(connection, table, group)
    // A commit writes the log to disk: what was acknowledged survives a kill.
    await connection.run('COMMIT')
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
}

/** One list a column: a statement with a placeholder for every value costs ten times as much to prepare. */
async function upsertGroup(connection: DuckDBConnection, table: TableDefinition, group: readonly TimeSeriesRecord[]) {
  const [first] = group
  const dimensions = [...first!.dimensions.keys()]
  const columns: Column[] = [
    { name: '_key', from: (text) => text, values: group.map((record) => record.key) },
    { name: '_version', from: bigint, values: group.map((record) => String(record.version)) },
    { name: '_fingerprint', from: (text) => text, values: group.map((record) => record.fingerprint) },
    { name: 'measure_name', from: (text) => text, values: group.map((record) => record.measureName) },
    { name: 'time', from: timestamp, values: group.map((record) => String(record.time)) },
    ...dimensions.map((name) => ({
      name,
      from: (text: string) => text,
      values: group.map((record) => record.dimensions.get(name)!),
    })),
    ...first!.measures.map((measure, index) => ({
      name: measure.column,
      from: reading(measure),
      values: group.map((record) => record.measures[index]!.value),
    })),
  ]
  const names = columns.map(({ name }) => quote(name))
  const lists = columns.map((_, index) => `unnest(?) AS c${index}`)
  const selected = columns.map(({ from }, index) => from(`c${index}`))
  const replace = names.slice(1).map((name) => `${name} = excluded.${name}`)
  await connection.run(
    `INSERT INTO ${rawName(table)} (${names.join(', ')}) SELECT ${selected.join(', ')} FROM (SELECT ${lists.join(', ')})
     ON CONFLICT (_key) DO UPDATE SET ${replace.join(', ')}`,
    columns.map(({ values }) => listValue(values)),
    columns.map(() => LIST(VARCHAR)),
  )
}

/** A column of a statement: texts, and the expression that makes the stored value of one. */
interface Column {
  readonly name: string
  readonly from: (text: string) => string
  readonly values: readonly string[]
}

const bigint = (text: string) => `CAST(${text} AS BIGINT)`
const timestamp = (text: string) => `make_timestamp(${bigint(text)})`
const reading = ({ type }: Measure) =>
  type === 'TIMESTAMP' ? timestamp : (text: string) => `CAST(${text} AS ${TYPES[type]})`

function sameColumns(records: readonly TimeSeriesRecord[]): TimeSeriesRecord[][] {
  const shape = ({ dimensions, measures }: TimeSeriesRecord) =>
    JSON.stringify([[...dimensions.keys()], measures.map((measure) => measure.column)])
  return [...Map.groupBy(records, shape).values()]
}
