import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { GlueTable } from './glue-tables.ts'
import { quote } from './timestream-tables.ts'

/** A line that the table's columns cannot hold. */
export interface Misfit {
  readonly line: string
}

/** How the JSON of a record is read. */
export interface JsonReading {
  /** Key under which the record has a column. */
  keyOf(column: string): string
  /** Whether a key may be missing; else the record does not fit. */
  readonly mayLack: boolean
}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** How the JSON of a record holds a column: a timestamp is a number of milliseconds. */
const jsonType = (type: string) => (type === 'TIMESTAMP' ? 'BIGINT' : type)

/** Makes a Parquet file of JSON lines, or none where no line fits; gives the lines that do not fit. */
export async function writeParquet(
  lines: string,
  { columns }: GlueTable,
  { keyOf, mayLack }: JsonReading,
  target: string,
): Promise<Misfit[]> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '1' })
  const connection = await instance.connect()
  try {
    const shape = JSON.stringify(Object.fromEntries(columns.map(({ name, type }) => [keyOf(name), jsonType(type)])))
    const transform = mayLack ? 'json_transform' : 'json_transform_strict'
    // A separator that no JSON text holds: each line is one value.
    await connection.run(
      `CREATE TEMP TABLE read AS
       SELECT line, TRY(${transform}(TRY(CAST(line AS JSON)), ${text(shape)})) AS row
       FROM read_csv(${text(lines)}, header = false, auto_detect = false, columns = {'line': 'VARCHAR'},
                     delim = '\x01', quote = '', escape = '', max_line_size = 4194304)`,
    )
    const misfits = (await connection.runAndReadAll('SELECT line FROM read WHERE row IS NULL')).getRows()
    const count = Number((await connection.runAndReadAll('SELECT count(row) FROM read')).getRows()[0]![0])
    if (count > 0) {
      const selected = columns.map(({ name, type }) => {
        const value = `row.${quote(keyOf(name))}`
        return `${type === 'TIMESTAMP' ? `epoch_ms(${value})` : value} AS ${quote(name)}`
      })
      await mkdir(dirname(target), { recursive: true })
      await connection.run(
        `COPY (SELECT ${selected.join(', ')} FROM read WHERE row IS NOT NULL)
         TO ${text(`${target}.part`)} (FORMAT parquet, COMPRESSION snappy)`,
      )
      await flush(`${target}.part`)
      await rename(`${target}.part`, target)
    }
    return misfits.map(([line]) => ({ line: String(line) }))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}
