import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { type Measure, type MeasureType, RecordRejected, type TimeSeriesRecord } from './timestream-records.ts'
import { type QueryResult, toQueryResult } from './timestream-result.ts'
import { MACROS, translate } from './timestream-sql.ts'

/** A table of the template. */
export interface TableDefinition {
  readonly database: string
  readonly table: string
  readonly magneticStoreDays: number
  /** Dimensions of the table's partition key, which are columns before the first record comes. */
  readonly dimensions: readonly string[]
}

/** Time-series tables in one DuckDB file. */
export interface TimeSeriesStore {
  /** Writes what can be written, durably, and gives the reason for each record that cannot, by its place. */
  write(
    table: TableDefinition,
    records: readonly (TimeSeriesRecord | RecordRejected)[],
  ): Promise<Map<number, RecordRejected>>
  /** Runs one SELECT of Timestream's SQL; rejects with DuckDB's message when it is not one. */
  query(sql: string): Promise<QueryResult>
  close(): void
}

/** Raw tables live in this schema; the visible ones are views that hide the columns which only the store needs. */
const RAW = '_raw'
const TYPES: Readonly<Record<MeasureType, string>> = {
  BIGINT: 'BIGINT',
  BOOLEAN: 'BOOLEAN',
  DOUBLE: 'DOUBLE',
  TIMESTAMP: 'TIMESTAMP',
  VARCHAR: 'VARCHAR',
}

/** Opens the store of a folder and creates the tables that are not there yet. */
export async function openTimeSeriesStore(
  folder: string,
  tables: readonly TableDefinition[],
): Promise<TimeSeriesStore> {
  mkdirSync(folder, { recursive: true })
  // Queries come from outside: they must not read files of this machine.
  const instance = await DuckDBInstance.create(join(folder, 'timestream.duckdb'), {
    enable_external_access: 'false',
    integer_division: 'true',
    memory_limit: '256MB',
    threads: '2',
  })
  const writing = await connect(instance)
  const reading = await connect(instance)
  const columns = new Map<string, Map<string, string>>()
  for (const table of tables) columns.set(rawName(table), await createTable(writing, table))

  let lastWrite: Promise<unknown> = Promise.resolve()
  /** One write at a time: a later one must see the versions of an earlier one. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = lastWrite.then(work, work)
    lastWrite = result
    return result
  }

  return {
    write: (table, records) => inTurn(() => write(writing, table, columns.get(rawName(table))!, records)),
    async query(sql) {
      const statement = await reading.prepare(translate(sql))
      try {
        if (statement.statementType !== StatementType.SELECT) throw new Error('only SELECT is a query')
        return toQueryResult(await statement.runAndReadAll())
      } finally {
        statement.destroySync()
      }
    },
    close() {
      writing.closeSync()
      reading.closeSync()
      instance.closeSync()
    },
  }
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  for (const macro of MACROS) await connection.run(`CREATE TEMP MACRO ${macro}`)
  return connection
}

async function createTable(connection: DuckDBConnection, table: TableDefinition): Promise<Map<string, string>> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${RAW}`)
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quote(table.database)}`)
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${rawName(table)} (_key VARCHAR PRIMARY KEY, _version BIGINT, _fingerprint VARCHAR, measure_name VARCHAR, "time" TIMESTAMP)`,
  )
  await connection.run(
    `DELETE FROM ${rawName(table)} WHERE "time" < ts_now() - to_days(${Number(table.magneticStoreDays)})`,
  )
  for (const dimension of table.dimensions)
    await connection.run(`ALTER TABLE ${rawName(table)} ADD COLUMN IF NOT EXISTS ${quote(dimension)} VARCHAR`)
  const reader = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = '${RAW}' AND table_name = ? ORDER BY column_index`,
    [`${table.database}/${table.table}`],
  )
  const columns = new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]))
  await createView(connection, table, columns)
  return columns
}

async function createView(connection: DuckDBConnection, table: TableDefinition, columns: ReadonlyMap<string, string>) {
  const visible = [...columns.keys()].filter((name) => !name.startsWith('_')).map(quote)
  const view = `${quote(table.database)}.${quote(table.table)}`
  await connection.run(`CREATE OR REPLACE VIEW ${view} AS SELECT ${visible.join(', ')} FROM ${rawName(table)}`)
}

async function write(
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

/** Timestream makes columns as names appear; their types stay. */
async function addColumns(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: Map<string, string>,
  record: TimeSeriesRecord,
): Promise<void> {
  const wanted = [
    ...[...record.dimensions.keys()].map((column) => [column, 'VARCHAR'] as const),
    ...record.measures.map((measure) => [measure.column, TYPES[measure.type]] as const),
  ]
  const missing = wanted.filter(([column, type]) => {
    const known = columns.get(column)
    if (known !== undefined && known !== type)
      throw new RecordRejected(`The column ${column} is a ${known} in this table, not a ${type}`)
    if (known !== undefined) return false
    const similar = [...columns.keys()].find((name) => name.toLowerCase() === column.toLowerCase())
    if (similar) throw new RecordRejected(`The name ${column} differs from the column ${similar} only in its case`)
    if (column.startsWith('_')) throw new RecordRejected(`The local store keeps names with a leading _ for itself`)
    return true
  })
  for (const [column, type] of missing) {
    await connection.run(`ALTER TABLE ${rawName(table)} ADD COLUMN ${quote(column)} ${type}`)
    columns.set(column, type)
  }
  if (missing.length > 0) await createView(connection, table, columns)
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

function rawName({ database, table }: TableDefinition): string {
  return `${RAW}.${quote(`${database}/${table}`)}`
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
