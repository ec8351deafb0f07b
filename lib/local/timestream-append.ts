import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'

/** Rows of one chunk, the most that DuckDB takes. */
const CHUNK_ROWS = 2048

const TYPES: Readonly<Record<string, DuckDBType>> = { BIGINT, BOOLEAN, DOUBLE, INTEGER, TIMESTAMP, VARCHAR }

/**
 * Appends rows, values in the order of the table's columns. Not by a statement: INSERT takes three times the CPU, and
 * with ON CONFLICT five times.
 */
export async function appendRows(
  connection: DuckDBConnection,
  { schema, name, columns }: { schema: string; name: string; columns: ReadonlyMap<string, string> },
  rows: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const appender = await connection.createAppender(name, schema)
  const types = Array.from(columns.values(), (type) => TYPES[type]!)
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const chunk = DuckDBDataChunk.create(types)
    chunk.setRows(rows.slice(start, start + CHUNK_ROWS))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

/** Values by column in the order of the columns. */
export const inOrder = (columns: ReadonlyMap<string, string>, values: ReadonlyMap<string, DuckDBValue>) =>
  Array.from(columns.keys(), (name) => values.get(name) ?? null)
