import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import type { RecordRejected, TimeSeriesRecord } from './timestream-records.ts'
import { type QueryResult, toQueryResult } from './timestream-result.ts'
import { MACROS, translate } from './timestream-sql.ts'
import { createTable, type StoredTable, type TableDefinition } from './timestream-tables.ts'
import { writeRecords } from './timestream-write.ts'

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
    threads: '1',
  })
  const writing = await connect(instance)
  const reading = await connect(instance)
  const stored = new Map<TableDefinition, StoredTable>()
  for (const table of tables) stored.set(table, await createTable(writing, table))

  const inTurn = writeInTurn((table, records) => writeRecords(writing, stored.get(table)!, records))

  return {
    write: inTurn,
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

interface Waiting {
  readonly table: TableDefinition
  readonly records: Parameters<TimeSeriesStore['write']>[1]
  resolve(rejected: Map<number, RecordRejected>): void
  reject(error: unknown): void
}

/** One write at a time, as a later one must see the versions of an earlier one; those that wait go together. */
function writeInTurn(write: TimeSeriesStore['write']): TimeSeriesStore['write'] {
  let waiting: Waiting[] = []
  let busy = false
  const drain = async () => {
    busy = true
    while (waiting.length > 0) {
      const { table } = waiting[0]!
      const together = waiting.filter((one) => one.table === table)
      waiting = waiting.filter((one) => one.table !== table)
      await writeTogether(table, together)
    }
    busy = false
  }
  const writeTogether = async (table: TableDefinition, together: readonly Waiting[]) => {
    try {
      const rejected = await write(
        table,
        together.flatMap(({ records }) => records),
      )
      let offset = 0
      for (const { records, resolve } of together) {
        const mine = [...rejected].filter(([index]) => index >= offset && index < offset + records.length)
        resolve(new Map(mine.map(([index, why]) => [index - offset, why])))
        offset += records.length
      }
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }
  return (table, records) =>
    new Promise((resolve, reject) => {
      waiting.push({ table, records, resolve, reject })
      if (!busy) void drain()
    })
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  for (const macro of MACROS) await connection.run(`CREATE TEMP MACRO ${macro}`)
  return connection
}
