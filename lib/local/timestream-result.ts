import { type DuckDBResultReader, type DuckDBType, DuckDBTypeId, type DuckDBValue } from '@duckdb/node-api'

type Json = any

/** The column of a query's answer as Timestream describes it. */
export interface ColumnInfo {
  readonly Name: string
  readonly Type: { readonly ScalarType?: string; readonly ArrayColumnInfo?: { readonly Type: ColumnInfo['Type'] } }
}

/** The answer to a query in Timestream's shape. */
export interface QueryResult {
  readonly columns: readonly ColumnInfo[]
  readonly rows: readonly { readonly Data: readonly Json[] }[]
}

const SCALARS: Readonly<Record<number, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'BIGINT',
  [DuckDBTypeId.HUGEINT]: 'BIGINT',
  [DuckDBTypeId.UBIGINT]: 'BIGINT',
  [DuckDBTypeId.FLOAT]: 'DOUBLE',
  [DuckDBTypeId.DOUBLE]: 'DOUBLE',
  [DuckDBTypeId.DECIMAL]: 'DOUBLE',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.TIMESTAMP]: 'TIMESTAMP',
  [DuckDBTypeId.INTERVAL]: 'INTERVAL_DAY_TO_SECOND',
  [DuckDBTypeId.VARCHAR]: 'VARCHAR',
  [DuckDBTypeId.SQLNULL]: 'UNKNOWN',
}

/** Turns a DuckDB result into Timestream's; a type that Timestream does not have throws. */
export function toQueryResult(reader: DuckDBResultReader): QueryResult {
  const types = reader.columnTypes()
  return {
    columns: reader.columnNames().map((Name, index) => ({ Name, Type: typeOf(types[index]!, Name) })),
    rows: reader.getRows().map((row) => ({ Data: row.map((value, index) => datumOf(value, types[index]!)) })),
  }
}

function typeOf(type: DuckDBType, column: string): ColumnInfo['Type'] {
  if (type.typeId === DuckDBTypeId.LIST)
    return { ArrayColumnInfo: { Type: typeOf((type as { valueType: DuckDBType } & DuckDBType).valueType, column) } }
  const ScalarType = SCALARS[type.typeId]
  if (!ScalarType) throw new Error(`column ${column} has the type ${type}, which Timestream does not have; cast it`)
  return { ScalarType }
}

function datumOf(value: DuckDBValue, type: DuckDBType): Json {
  if (value === null) return { NullValue: true }
  if (type.typeId === DuckDBTypeId.LIST) {
    const { valueType } = type as { valueType: DuckDBType } & DuckDBType
    return { ArrayValue: (value as { items: DuckDBValue[] } & object).items.map((item) => datumOf(item, valueType)) }
  }
  return { ScalarValue: textOf(value, type) }
}

function textOf(value: DuckDBValue, type: DuckDBType): string {
  switch (SCALARS[type.typeId]) {
    case 'DOUBLE': {
      const text = String(value)
      return /^-?\d+$/.test(text) ? `${text}.0` : text
    }
    case 'TIMESTAMP':
      return timestampText((value as { micros: bigint } & object).micros)
    case 'INTERVAL_DAY_TO_SECOND':
      return intervalText(value as { days: number; micros: bigint } & object)
    default:
      return String(value)
  }
}

/** `2026-11-22 20:15:00.000000000`, in UTC. */
function timestampText(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19).replace('T', ' ')
  return `${seconds}.${String(rest).padStart(6, '0')}000`
}

/** `1 02:03:04.000000000`: days and the time of day. */
function intervalText({ days, micros }: { days: number; micros: bigint }): string {
  const total = BigInt(days) * 86_400_000_000n + micros
  const absolute = total < 0n ? -total : total
  const clock = timestampText(absolute % 86_400_000_000n).slice(11)
  return `${total < 0n ? '-' : ''}${absolute / 86_400_000_000n} ${clock}`
}
