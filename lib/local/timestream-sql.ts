/** Functions of Timestream's SQL that DuckDB lacks or defines otherwise, as macros of a connection. */
export const MACROS: readonly string[] = [
  'ts_now() AS make_timestamp(epoch_us(now()))',
  'ago(i) AS ts_now() - i',
  "bin(t, i) AS time_bucket(i, t, TIMESTAMP '1970-01-01')",
  'from_iso8601_timestamp(s) AS make_timestamp(epoch_us(CAST(s AS TIMESTAMPTZ)))',
  'from_milliseconds(n) AS make_timestamp(n * 1000)',
  'from_nanoseconds(n) AS make_timestamp(n // 1000)',
  'from_unixtime(n) AS make_timestamp(CAST(n * 1000000 AS BIGINT))',
  "to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%f000Z')",
  'to_milliseconds(x) AS epoch_ms(x)',
  'to_nanoseconds(t) AS epoch_ns(t)',
  'to_unixtime(t) AS epoch(t)',
  'approx_percentile(x, p) AS approx_quantile(CAST(x AS DOUBLE), p)',
  'approx_distinct(x) AS approx_count_distinct(x)',
]

/** Lengths of Timestream's duration units in microseconds; `ns` becomes 0 below 1000. */
const MICROSECONDS: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
}

/** Strings, quoted names and comments, in which nothing is translated. */
const QUOTED = /('(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/)/

/** Translates a statement of Timestream's SQL to DuckDB's. */
export function translate(sql: string): string {
  return sql
    .split(QUOTED)
    .map((part, index) => (index % 2 === 1 ? part : translateCode(part)))
    .join('')
}

function translateCode(code: string): string {
  return code
    .replace(/\bmeasure_value::(double|bigint|varchar|boolean|timestamp)\b/gi, (name) => `"${name.toLowerCase()}"`)
    .replace(/\bnow\s*\(\s*\)|\bcurrent_timestamp\b/gi, 'ts_now()')
    .replace(/(?<![\w.])(\d+)(ns|us|ms|s|m|h|d)\b/g, (_, count, unit) => {
      const microseconds = Math.floor(Number(count) * MICROSECONDS[unit]!)
      return `INTERVAL '${microseconds} microseconds'`
    })
}

/** Whether a statement names a table, quoted or bare. */
export function namesTable(sql: string, database: string, table: string): boolean {
  const name = (text: string) => `"?${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}"?`
  return new RegExp(`(?<![\\w"])${name(database)}\\s*\\.\\s*${name(table)}(?![\\w"])`, 'i').test(sql)
}
