import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { appendRows, inOrder } from './timestream-append.ts'
import { RecentRecords } from './timestream-recent.ts'
import { makeSeries, RecordRejected, type Series, type TimeSeriesRecord } from './timestream-records.ts'

/** A table of the template. */
export interface TableDefinition {
  readonly database: string
  readonly table: string
  readonly magneticStoreDays: number
  /** Dimensions of the table's partition key, which are columns before the first record comes. */
  readonly dimensions: readonly string[]
}

/** A table as it is stored. */
export interface StoredTable {
  readonly definition: TableDefinition
  /** Types by column: of its rows, and of its series. */
  readonly columns: Map<string, string>
  readonly dimensions: Map<string, string>
  /** Numbers of its series by their key. */
  readonly series: Map<string, number>
  readonly recent: RecentRecords
}

/** Rows and series live in these schemas; the visible tables are views that join them. */
const [ROWS, SERIES] = ['_raw', '_series']

/**
 * Creates a table that is not there yet, drops what is older than its retention, and gives it as it is. A row names its
 * series by a number: what a device repeats in each record would be most of what is written.
 * No index: one writer at a time looks for what is there already, and an index would take most of the time of a write.
 */
export async function createTable(connection: DuckDBConnection, definition: TableDefinition): Promise<StoredTable> {
  for (const schema of [ROWS, SERIES, quote(definition.database)])
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  const [rows, series] = [rowsOf(definition), seriesOf(definition)]
  await connection.run(`CREATE TABLE IF NOT EXISTS ${rows} (_series INTEGER, _version BIGINT, "time" TIMESTAMP)`)
  await connection.run(`CREATE TABLE IF NOT EXISTS ${series} (_series INTEGER, measure_name VARCHAR)`)
  await connection.run(`DELETE FROM ${rows} WHERE "time" < ts_now() - to_days(${Number(definition.magneticStoreDays)})`)
  for (const dimension of definition.dimensions)
    await connection.run(`ALTER TABLE ${series} ADD COLUMN IF NOT EXISTS ${quote(dimension)} VARCHAR`)
  const columns = await columnsOf(connection, ROWS, definition)
  if (!columns.has('_series'))
    throw new Error(`the time series of ${definition.database} are from an older local cloud: start with --fresh`)
  const table = {
    ...{ definition, columns },
    dimensions: await columnsOf(connection, SERIES, definition),
    series: await knownSeries(connection, definition),
    recent: new RecentRecords(await newestTimes(connection, definition)),
  }
  await createView(connection, table)
  return table
}

async function columnsOf(connection: DuckDBConnection, schema: string, definition: TableDefinition) {
  const reader = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = '${schema}' AND table_name = ? ORDER BY column_index`,
    [nameOf(definition)],
  )
  return new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]))
}

async function knownSeries(connection: DuckDBConnection, definition: TableDefinition): Promise<Map<string, number>> {
  const reader = await connection.runAndReadAll(`SELECT * FROM ${seriesOf(definition)}`)
  const names = reader.columnNames()
  return new Map(
    reader.getRows().map(([number, measureName, ...values]) => {
      const dimensions = values.map((value, index) => [names[index + 2]!, value] as const)
      const known = new Map(dimensions.filter((one): one is readonly [string, string] => one[1] !== null))
      return [makeSeries(known, String(measureName)).key, Number(number)]
    }),
  )
}

async function newestTimes(connection: DuckDBConnection, definition: TableDefinition) {
  const newest = `SELECT _series, epoch_us(max("time")) FROM ${rowsOf(definition)} GROUP BY _series`
  return (await connection.runAndReadAll(newest))
    .getRows()
    .map(([series, time]) => [Number(series), Number(time)] as const)
}

async function createView(connection: DuckDBConnection, { definition, columns, dimensions }: StoredTable) {
  const visible = [...dimensions.keys(), ...columns.keys()].filter((name) => !name.startsWith('_')).map(quote)
  const view = `${quote(definition.database)}.${quote(definition.table)}`
  const joined = `${rowsOf(definition)} JOIN ${seriesOf(definition)} USING (_series)`
  await connection.run(`CREATE OR REPLACE VIEW ${view} AS SELECT ${visible.join(', ')} FROM ${joined}`)
}

/** Names and types for which a table has no column yet; throws where a name stands for something else. */
export function missingColumns({ columns, dimensions, series }: StoredTable, record: TimeSeriesRecord) {
  const newMeasures = record.measures.filter(({ column, type }) => isMissing(columns, dimensions, column, type))
  const isKnown = series.has(record.series.key)
  const names = isKnown ? [] : [...record.series.dimensions.keys()]
  const newDimensions = names.filter((name) => isMissing(dimensions, columns, name, 'VARCHAR'))
  return newDimensions.length + newMeasures.length > 0 ? { newDimensions, newMeasures } : undefined
}

/** Timestream makes columns as names appear; their types stay. */
export async function addColumns(
  connection: DuckDBConnection,
  table: StoredTable,
  { newDimensions, newMeasures }: NonNullable<ReturnType<typeof missingColumns>>,
): Promise<void> {
  const { columns, dimensions, definition } = table
  for (const name of newDimensions) {
    await connection.run(`ALTER TABLE ${seriesOf(definition)} ADD COLUMN ${quote(name)} VARCHAR`)
    dimensions.set(name, 'VARCHAR')
  }
  for (const { column, type } of newMeasures) {
    await connection.run(`ALTER TABLE ${rowsOf(definition)} ADD COLUMN ${quote(column)} ${type}`)
    columns.set(column, type)
  }
  await createView(connection, table)
}

function isMissing(own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>, column: string, type: string) {
  if (own.get(column) === type) return false
  const known = own.get(column) ?? other.get(column)
  if (known !== undefined && known !== type)
    throw new RecordRejected(`The column ${column} is a ${known} in this table, not a ${type}`)
  if (known !== undefined) throw new RecordRejected(`The column ${column} is a dimension or a measure, not both`)
  const similar = [...own.keys(), ...other.keys()].find((name) => name.toLowerCase() === column.toLowerCase())
  if (similar) throw new RecordRejected(`The name ${column} differs from the column ${similar} only in its case`)
  if (column.startsWith('_')) throw new RecordRejected(`The local store keeps names with a leading _ for itself`)
  return true
}

/** Gives each series its number before the first row that names it. */
export async function addSeries(
  connection: DuckDBConnection,
  table: StoredTable,
  records: readonly TimeSeriesRecord[],
) {
  const found = new Map<string, Series>()
  for (const { series } of records) if (!table.series.has(series.key)) found.set(series.key, series)
  if (found.size === 0) return
  const { definition, dimensions: columns, series } = table
  const rows = [...found.values()].map(({ measureName, dimensions }, index) => {
    const own = [
      ['_series', series.size + index],
      ['measure_name', measureName],
    ] as const
    return inOrder(columns, new Map<string, DuckDBValue>([...dimensions, ...own]))
  })
  await appendRows(connection, { schema: SERIES, name: nameOf(definition), columns }, rows)
  for (const key of found.keys()) series.set(key, series.size)
}

/** Adds rows, as part of whatever transaction is open. */
export const addRows = (
  connection: DuckDBConnection,
  { definition, columns }: StoredTable,
  rows: readonly (readonly DuckDBValue[])[],
) => appendRows(connection, { schema: ROWS, name: nameOf(definition), columns }, rows)

const nameOf = ({ database, table }: TableDefinition) => `${database}/${table}`

/** The table that holds the rows, as SQL writes it. */
export const rowsOf = (table: TableDefinition) => `${ROWS}.${quote(nameOf(table))}`

const seriesOf = (table: TableDefinition) => `${SERIES}.${quote(nameOf(table))}`

/** Quotes a name for SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
