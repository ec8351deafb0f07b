import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Cloud, Permission, Resource, Service, WireAnswer, WireCall } from './cloud.ts'
import { onlyProperties } from './properties.ts'
import { tally } from './tally.ts'
import { RecordRejected, recordReader, type TimeSeriesRecord } from './timestream-records.ts'
import type { QueryResult } from './timestream-result.ts'
import { namesTable } from './timestream-sql.ts'
import { openTimeSeriesStore, type TimeSeriesStore } from './timestream-store.ts'
import type { TableDefinition } from './timestream-tables.ts'
import { WireError } from './wire-error.ts'

type Json = any

const MOST_RECORDS = 100
const DEFAULT_PAGE = 1000
const OPEN_QUERIES = 50
const FUTURE_MS = 15 * 60_000

/** A table with the times that it takes. */
interface Table extends TableDefinition {
  readonly arn: string
  readonly memoryStoreHours: number
  readonly takesLateData: boolean
  /** Dimensions that every record must have, because they are an enforced partition key. */
  readonly required: readonly string[]
}

let opening: Promise<TimeSeriesStore> | undefined

/** Timestream for LiveAnalytics: the write and the query protocol, over DuckDB. */
export const timestream: Service = {
  name: 'timestream',
  types: ['AWS::Timestream::Database', 'AWS::Timestream::Table'],
  async start(cloud) {
    for (const database of cloud.ofType('AWS::Timestream::Database'))
      onlyProperties(database, 'DatabaseName', 'KmsKeyId', 'Tags')
    const tables = cloud.ofType('AWS::Timestream::Table').map(tableOf)
    // The database opens in threads of its own, while the services after this one start.
    const store = openTimeSeriesStore(join(cloud.data, 'timestream'), tables)
    opening = store
    const pages = store.then((opened) => new QueryPages(opened))
    pages.catch(() => {})
    cloud.wire('timestream', {
      authorize: (call) => permissions(cloud, tables, call),
      answer: async (call) => answer(tables, await store, await pages, call),
    })
  },
  async resume() {
    await opening
  },
  async stop() {
    const store = await opening?.catch(() => undefined)
    store?.close()
    opening = undefined
  },
}

function tableOf(resource: Resource): Table {
  onlyProperties(
    resource,
    'DatabaseName',
    'MagneticStoreWriteProperties',
    'RetentionProperties',
    'Schema',
    'TableName',
    'Tags',
  )
  const { DatabaseName, RetentionProperties: retention, MagneticStoreWriteProperties, Schema } = resource.properties
  const keys: Json[] = Schema?.CompositePartitionKey ?? []
  return {
    arn: resource.attributes.Arn!,
    database: DatabaseName,
    table: resource.attributes.Name!,
    memoryStoreHours: Number(retention?.MemoryStoreRetentionPeriodInHours ?? 6),
    magneticStoreDays: Number(retention?.MagneticStoreRetentionPeriodInDays ?? 73_000),
    takesLateData: MagneticStoreWriteProperties?.EnableMagneticStoreWrites === true,
    dimensions: keys.filter((key) => key.Type === 'DIMENSION').map((key) => key.Name),
    required: keys.filter((key) => key.EnforcementInRecord === 'REQUIRED').map((key) => key.Name),
  }
}

function permissions(cloud: Cloud, tables: readonly Table[], call: Omit<WireCall, 'principal'>): Permission[] {
  const input = inputOf(call)
  switch (call.operation) {
    case 'DescribeEndpoints':
      return [{ action: 'timestream:DescribeEndpoints', resource: '*' }]
    case 'WriteRecords': {
      const name = `database/${input.DatabaseName}/table/${input.TableName}`
      const resource = `arn:aws:timestream:${cloud.region}:${cloud.account}:${name}`
      return [{ action: 'timestream:WriteRecords', resource }]
    }
    case 'Query': {
      const named = tables.filter(({ database, table }) => namesTable(String(input.QueryString), database, table))
      if (named.length === 0) return [{ action: 'timestream:SelectValues', resource: '*' }]
      return named.map((table) => ({ action: 'timestream:Select', resource: table.arn }))
    }
    default:
      throw new WireError(400, 'UnknownOperationException', `the local Timestream has no operation ${call.operation}`)
  }
}

async function answer(
  tables: readonly Table[],
  opened: TimeSeriesStore,
  pages: QueryPages,
  call: WireCall,
): Promise<WireAnswer> {
  const input = inputOf(call)
  if (call.operation === 'WriteRecords') return writeRecords(tables, opened, input)
  if (call.operation === 'Query') return json(200, await pages.query(input))
  // The SDK puts this address in the place of the host name only, and keeps port and protocol.
  return json(200, { Endpoints: [{ Address: '127.0.0.1', CachePeriodInMinutes: 1440 }] })
}

async function writeRecords(tables: readonly Table[], opened: TimeSeriesStore, input: Json): Promise<WireAnswer> {
  const table = tables.find((one) => one.database === input.DatabaseName && one.table === input.TableName)
  if (!table) {
    const message = `The table ${input.TableName} of database ${input.DatabaseName} does not exist.`
    throw new WireError(404, 'ResourceNotFoundException', message)
  }
  const given: Json[] = input.Records ?? []
  if (given.length === 0 || given.length > MOST_RECORDS)
    throw new WireError(400, 'ValidationException', `A request has 1 to ${MOST_RECORDS} records, not ${given.length}`)
  const read = recordReader(input.CommonAttributes ?? {})
  const now = Date.now()
  const records = given.map((record) => readFor(table, read, record, now))
  tally('timestream WriteRecords')
  const rejected = await opened.write(table, records)
  if (rejected.size > 0) return rejection(rejected)
  const late = records.filter((record) => 'time' in record && isLate(table, record)).length
  return json(200, {
    RecordsIngested: { Total: records.length, MemoryStore: records.length - late, MagneticStore: late },
  })
}

function readFor(
  table: Table,
  read: ReturnType<typeof recordReader>,
  own: Json,
  now: number,
): TimeSeriesRecord | RecordRejected {
  try {
    const record = read(own)
    const missing = table.required.filter((name) => !record.series.dimensions.has(name))
    if (missing.length > 0) return new RecordRejected(`The dimension ${missing.join(', ')} is required by the table`)
    const oldest = table.takesLateData ? table.magneticStoreDays * 86_400_000 : table.memoryStoreHours * 3_600_000
    const age = now - record.time / 1000
    if (age > oldest || age < -FUTURE_MS) {
      const [from, to] = [now - oldest, now + FUTURE_MS].map((time) => new Date(time).toISOString())
      return new RecordRejected(
        `The record timestamp is outside the time range [${from}, ${to}] of the data ingestion window.`,
      )
    }
    return record
  } catch (error) {
    if (error instanceof RecordRejected) return error
    throw error
  }
}

/** Older than the memory store keeps: such a record goes to the magnetic store. */
function isLate(table: Table, record: TimeSeriesRecord): boolean {
  return Date.now() - record.time / 1000 > table.memoryStoreHours * 3_600_000
}

function rejection(rejected: ReadonlyMap<number, RecordRejected>): WireAnswer {
  return json(
    419,
    {
      __type: 'RejectedRecordsException',
      Message: 'One or more records have been rejected. See RejectedRecords for details.',
      RejectedRecords: [...rejected].map(([RecordIndex, { message, existingVersion }]) => ({
        RecordIndex,
        Reason: message,
        ...(existingVersion !== undefined && { ExistingVersion: existingVersion }),
      })),
    },
    { 'x-amzn-errortype': 'RejectedRecordsException' },
  )
}

/** Answers of queries that are read page by page. */
class QueryPages {
  private readonly store: TimeSeriesStore
  private readonly open = new Map<string, QueryResult>()

  constructor(store: TimeSeriesStore) {
    this.store = store
  }

  async query({ QueryString, NextToken, MaxRows = DEFAULT_PAGE }: Json): Promise<Json> {
    const [queryId = randomUUID(), from = '0'] = NextToken === undefined ? [] : String(NextToken).split(':')
    const result = NextToken === undefined ? await this.run(String(QueryString)) : this.open.get(queryId)
    if (!result) throw new WireError(400, 'ValidationException', 'The pagination token is not known; query again')
    const start = Number(from)
    const end = start + Math.min(Number(MaxRows), DEFAULT_PAGE)
    const more = end < result.rows.length
    this.open.delete(queryId)
    if (more) this.keep(queryId, result)
    return {
      QueryId: queryId,
      ColumnInfo: result.columns,
      Rows: result.rows.slice(start, end),
      ...(more && { NextToken: `${queryId}:${end}` }),
      QueryStatus: { ProgressPercentage: 100, CumulativeBytesScanned: 0, CumulativeBytesMetered: 0 },
    }
  }

  private async run(sql: string): Promise<QueryResult> {
    try {
      return await this.store.query(sql)
    } catch (error) {
      throw new WireError(400, 'ValidationException', (error as Error).message)
    }
  }

  private keep(queryId: string, result: QueryResult): void {
    this.open.set(queryId, result)
    if (this.open.size > OPEN_QUERIES) this.open.delete(this.open.keys().next().value!)
  }
}

const inputs = new WeakMap<Buffer, Json>()

/** Both the authorization and the answer need it. */
function inputOf({ body }: Pick<WireCall, 'body'>): Json {
  const input = inputs.get(body) ?? (body.length > 0 ? JSON.parse(body.toString('utf8')) : {})
  inputs.set(body, input)
  return input
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', ...headers }, body: JSON.stringify(value) }
}
