import type { DuckDBConnection } from '@duckdb/node-api'
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
       AND _key IN (${sought.map(() => '?').join(',')})`,
    [String(times[0]), String(times.at(-1)), ...sought.map((record) => record.key)],
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

async function upsertGroup(connection: DuckDBConnection, table: TableDefinition, group: readonly TimeSeriesRecord[]) {
  const [first] = group
  const dimensions = [...first!.dimensions.keys()]
  const names = [
    '_key',
    '_version',
    '_fingerprint',
    'measure_name',
    'time',
    ...dimensions,
    ...first!.measures.map((measure) => measure.column),
  ]
  const placeholders = [
    '?',
    'CAST(? AS BIGINT)',
    '?',
    '?',
    'make_timestamp(CAST(? AS BIGINT))',
    ...dimensions.map(() => '?'),
    ...first!.measures.map(placeholder),
  ]
  const replace = names.slice(1).map((name) => `${quote(name)} = excluded.${quote(name)}`)
  const row = `(${placeholders.join(', ')})`
  await connection.run(
    `INSERT INTO ${rawName(table)} (${names.map(quote).join(', ')}) VALUES ${group.map(() => row).join(', ')}
     ON CONFLICT (_key) DO UPDATE SET ${replace.join(', ')}`,
    group.flatMap((record) => [
      record.key,
      String(record.version),
      record.fingerprint,
      record.measureName,
      String(record.time),
      ...dimensions.map((name) => record.dimensions.get(name)!),
      ...record.measures.map((measure) => measure.value),
    ]),
  )
}

function placeholder({ type }: Measure): string {
  return type === 'TIMESTAMP' ? 'make_timestamp(CAST(? AS BIGINT))' : `CAST(? AS ${TYPES[type]})`
}

function sameColumns(records: readonly TimeSeriesRecord[]): TimeSeriesRecord[][] {
  const shape = ({ dimensions, measures }: TimeSeriesRecord) =>
    JSON.stringify([[...dimensions.keys()], measures.map((measure) => measure.column)])
  return [...Map.groupBy(records, shape).values()]
}
