import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import { tally } from './tally.ts'
import { type Measure, RecordRejected, type TimeSeriesRecord } from './timestream-records.ts'
import { addColumns, rawName, rawPlace, type TableDefinition } from './timestream-tables.ts'

/** Writes the records that can be written and gives the reason for each other, by its place; one call at a time. */
export async function writeRecords(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: Map<string, string>,
  records: readonly (TimeSeriesRecord | RecordRejected)[],
): Promise<Map<number, RecordRejected>> {
  const rejected = new Map<number, RecordRejected>()
  const stored = await storedVersions(connection, table, records)
  const newest = new Map(stored)
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
  const superseded = [...accepted.keys()].filter((key) => stored.has(key))
  if (accepted.size > 0) await put(connection, table, columns, [...accepted.values()], superseded)
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

/** Appends the records, in place of those that they supersede. */
async function put(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: ReadonlyMap<string, string>,
  records: readonly TimeSeriesRecord[],
  superseded: readonly string[],
): Promise<void> {
  await connection.run('BEGIN')
  try {
    if (superseded.length > 0)
      await connection.run(
        `DELETE FROM ${rawName(table)} WHERE _key IN (SELECT unnest(?))`,
        [listValue(superseded)],
        [LIST(VARCHAR)],
      )
    await append(connection, table, columns, records)
    // A commit writes the log to disk: what was acknowledged survives a kill.
    await connection.run('COMMIT')
    tally('timestream commit')
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
}

/** Rows of one chunk, the most that DuckDB takes. */
const CHUNK_ROWS = 2048

/** Not by a statement: INSERT takes three times the CPU, and with ON CONFLICT five times. */
async function append(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: ReadonlyMap<string, string>,
  records: readonly TimeSeriesRecord[],
): Promise<void> {
  const { schema, name } = rawPlace(table)
  const appender = await connection.createAppender(name, schema)
  const types = [...columns.values()].map((type) => COLUMN_TYPES[type]!)
  const rows = records.map((record) => rowOf(record, columns))
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const chunk = DuckDBDataChunk.create(types)
    chunk.setRows(rows.slice(start, start + CHUNK_ROWS))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

const COLUMN_TYPES: Readonly<Record<string, DuckDBType>> = { BIGINT, BOOLEAN, DOUBLE, TIMESTAMP, VARCHAR }

/** The values of a record in the order of the columns. */
function rowOf(record: TimeSeriesRecord, columns: ReadonlyMap<string, string>): DuckDBValue[] {
  const values = new Map<string, DuckDBValue>([
    ['_key', record.key],
    ['_version', BigInt(record.version)],
    ['_fingerprint', record.fingerprint],
    ['measure_name', record.measureName],
    ['time', new DuckDBTimestampValue(record.time)],
    ...record.dimensions,
  ])
  for (const { column, type, value } of record.measures) values.set(column, storedValue(type, value))
  return Array.from(columns.keys(), (name) => values.get(name) ?? null)
}

function storedValue(type: Measure['type'], text: string): DuckDBValue {
  switch (type) {
    case 'DOUBLE':
      return Number(text)
    case 'BIGINT':
      return BigInt(text)
    case 'BOOLEAN':
      return text === 'true'
    case 'TIMESTAMP':
      return new DuckDBTimestampValue(BigInt(text))
    default:
      return text
  }
}
