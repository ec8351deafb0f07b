import type { DuckDBConnection } from '@duckdb/node-api'
import { RecordRejected, type TimeSeriesRecord } from './timestream-records.ts'

/** A table of the template. */
export interface TableDefinition {
  readonly database: string
  readonly table: string
  readonly magneticStoreDays: number
  /** Dimensions of the table's partition key, which are columns before the first record comes. */
  readonly dimensions: readonly string[]
}

/** Raw tables live in this schema; the visible ones are views that hide the columns which only the store needs. */
const RAW = '_raw'
/**
 * Creates a table that is not there yet, drops what is older than its retention, and gives its columns with their types.
 * No index: one writer at a time looks for what is there already, and an index would take most of the time of a write.
 */
export async function createTable(connection: DuckDBConnection, table: TableDefinition): Promise<Map<string, string>> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${RAW}`)
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quote(table.database)}`)
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${rawName(table)} (_key VARCHAR, _version BIGINT, _fingerprint VARCHAR, measure_name VARCHAR, "time" TIMESTAMP)`,
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

/** Timestream makes columns as names appear; their types stay. */
export async function addColumns(
  connection: DuckDBConnection,
  table: TableDefinition,
  columns: Map<string, string>,
  record: TimeSeriesRecord,
): Promise<void> {
  const wanted = [
    ...[...record.dimensions.keys()].map((column) => [column, 'VARCHAR'] as const),
    ...record.measures.map((measure) => [measure.column, measure.type] as const),
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

/** Schema and name of the table that holds the rows. */
export const rawPlace = ({ database, table }: TableDefinition) => ({ schema: RAW, name: `${database}/${table}` })

/** The same as SQL writes it. */
export function rawName(table: TableDefinition): string {
  const { schema, name } = rawPlace(table)
  return `${schema}.${quote(name)}`
}

/** Quotes a name for SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
