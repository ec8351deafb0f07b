import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import type { RecordRejected, TimeSeriesRecord } from './timestream-records.ts'
import { type QueryResult, toQueryResult } from './timestream-result.ts'
import { MACROS, translate } from './timestream-sql.ts'
import { createTable, rawName, type TableDefinition } from './timestream-tables.ts'
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
    write: (table, records) => inTurn(() => writeRecords(writing, table, columns.get(rawName(table))!, records)),
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
