import { randomUUID } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, DuckDBMapValue, StatementType } from '@duckdb/node-api'
import type { Cloud, Permission, Service, WireAnswer, WireCall } from './cloud.ts'
import { type GlueTable, glueTables } from './glue-tables.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { MACROS, translate } from './timestream-sql.ts'
import { quote } from './timestream-tables.ts'
import { WireError } from './wire-error.ts'

/** Trino's name of what facts of the ledger are read with. */
const SCALAR = 'json_extract_scalar(json, path) AS json_extract_string(json, path)'

const OPERATIONS = ['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults']
const MOST_EXECUTIONS = 100
const PAGE = 1000

interface Execution {
  readonly id: string
  readonly sql: string
  readonly workGroup: string
  readonly output: string
  readonly submitted: number
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED'
  reason?: string
  columns: readonly { readonly Name: string; readonly Type: string }[]
  rows: readonly (readonly (string | undefined)[])[]
}

let executions = new Map<string, Execution>()
const underway = new Set<Promise<void>>()

/** Athena: questions to the tables of the Glue catalog, answered by DuckDB from the Parquet files of the S3 folder. */
export const athena: Service = {
  name: 'athena',
  types: ['AWS::Athena::WorkGroup'],

  async start(cloud) {
    const tables = glueTables(cloud)
    const groups = cloud.ofType('AWS::Athena::WorkGroup')
    for (const group of groups)
      onlyProperties(group, 'Description', 'Name', 'RecursiveDeleteOption', 'State', 'Tags', 'WorkGroupConfiguration')
    const outputs = new Map(
      groups.map(({ ref, properties }) => [
        ref,
        properties.WorkGroupConfiguration.ResultConfiguration.OutputLocation as string,
      ]),
    )
    cloud.wire('athena', {
      authorize: (call) => permissions(cloud, call),
      answer: async (call) => answer(cloud, tables, outputs, call),
    })
  },

  async stop() {
    await Promise.all(underway)
    executions = new Map()
  },
}

const inputOf = ({ body }: Pick<WireCall, 'body'>): Json => JSON.parse(body.toString('utf8'))

function permissions(cloud: Cloud, call: Omit<WireCall, 'principal'>): Permission[] {
  if (!OPERATIONS.includes(call.operation))
    throw new WireError(400, 'UnknownOperationException', `the local Athena has no operation ${call.operation}`)
  const { WorkGroup, QueryExecutionId } = inputOf(call)
  const workGroup = WorkGroup ?? executions.get(QueryExecutionId)?.workGroup ?? 'primary'
  const resource = `arn:aws:athena:${cloud.region}:${cloud.account}:workgroup/${workGroup}`
  return [{ action: `athena:${call.operation}`, resource }]
}

function answer(
  cloud: Cloud,
  tables: readonly GlueTable[],
  outputs: ReadonlyMap<string, string>,
  call: WireCall,
): WireAnswer {
  const input = inputOf(call)
  if (call.operation === 'StartQueryExecution') return json(begin(cloud, tables, outputs, input))
  const execution = executions.get(input.QueryExecutionId)
  if (!execution) throw invalid(`QueryExecution ${input.QueryExecutionId} was not found`)
  return json(call.operation === 'GetQueryExecution' ? stateOf(execution) : resultsOf(execution, input))
}

function begin(cloud: Cloud, tables: readonly GlueTable[], outputs: ReadonlyMap<string, string>, input: Json): Json {
  const { QueryString: sql, WorkGroup: workGroup = 'primary', QueryExecutionContext } = input
  const location = outputs.get(workGroup)
  if (location === undefined) throw invalid(`WorkGroup ${workGroup} is not found.`)
  const id = randomUUID()
  const execution: Execution = {
    ...{ id, sql, workGroup, output: `${location}${id}.csv`, submitted: Date.now(), state: 'RUNNING' },
    ...{ columns: [], rows: [] },
  }
  executions.set(id, execution)
  if (executions.size > MOST_EXECUTIONS) executions.delete(executions.keys().next().value!)
  const run = execute(cloud, tables, execution, QueryExecutionContext?.Database)
    .then(() => {
      execution.state = 'SUCCEEDED'
    })
    .catch((error: Error) => {
      execution.state = 'FAILED'
      execution.reason = error.message
    })
    .finally(() => underway.delete(run))
  underway.add(run)
  return { QueryExecutionId: id }
}

async function execute(cloud: Cloud, tables: readonly GlueTable[], execution: Execution, database?: string) {
  // Questions come from outside: they may read the lake, and no other file of this machine.
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '2' })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run(`SET allowed_directories = ['${join(cloud.data, 's3').replaceAll("'", "''")}/']`)
    await connection.run('SET enable_external_access = false')
    for (const macro of [...MACROS, SCALAR]) await connection.run(`CREATE MACRO ${macro}`)
    for (const table of tables) await createView(connection, table)
    if (database) await connection.run(`USE ${quote(database)}`)
    const statement = await connection.prepare(translate(execution.sql))
    if (statement.statementType !== StatementType.SELECT) throw new Error('only SELECT is a query of the local Athena')
    const reader = await statement.runAndReadAll()
    statement.destroySync()
    const types = reader.columnTypes()
    execution.columns = reader.columnNames().map((Name, index) => ({ Name, Type: typeName(String(types[index])) }))
    execution.rows = reader.getRows().map((row) => row.map((value) => (value === null ? undefined : textOf(value))))
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(execution.output) ?? []
    await cloud.putObject(bucket, key, csvOf(execution))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function createView(connection: DuckDBConnection, { database, name, columns, partitionKeys, folder }: GlueTable) {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quote(database)}`)
  const view = `CREATE VIEW ${quote(database)}.${quote(name)} AS SELECT`
  const all = [...columns, ...partitionKeys.map((key) => ({ name: key, type: 'VARCHAR' }))]
  const isEmpty = !existsSync(folder) || globSync('**/*.parquet', { cwd: folder }).length === 0
  if (isEmpty) {
    const none = all.map((column) => `CAST(NULL AS ${column.type}) AS ${quote(column.name)}`)
    await connection.run(`${view} ${none.join(', ')} WHERE false`)
    return
  }
  const files = `'${join(folder, '**/*.parquet').replaceAll("'", "''")}'`
  const keys = partitionKeys.map((key) => `'${key}': VARCHAR`).join(', ')
  await connection.run(
    `${view} ${all.map((column) => quote(column.name)).join(', ')}
     FROM read_parquet(${files}, hive_partitioning = true, hive_types = {${keys}})`,
  )
}

const typeName = (type: string) => type.replace(/\(.*$/s, '').toLowerCase()

/** A value as Athena prints it. */
function textOf(value: unknown): string {
  if (value instanceof DuckDBMapValue)
    return `{${value.entries.map(({ key, value: one }) => `${textOf(key)}=${textOf(one)}`).join(', ')}}`
  return String(value)
}

function csvOf({ columns, rows }: Execution): string {
  const field = (value = '') => `"${value.replaceAll('"', '""')}"`
  const lines = [columns.map(({ Name }) => Name), ...rows]
  return lines.map((line) => `${line.map((value) => (value === undefined ? '' : field(value))).join(',')}\n`).join('')
}

const stateOf = ({ id, sql, workGroup, output, submitted, state, reason }: Execution) => ({
  QueryExecution: {
    QueryExecutionId: id,
    Query: sql,
    StatementType: 'DML',
    WorkGroup: workGroup,
    ResultConfiguration: { OutputLocation: output },
    Status: { State: state, SubmissionDateTime: submitted / 1000, ...(reason && { StateChangeReason: reason }) },
  },
})

function resultsOf(execution: Execution, { NextToken = '0', MaxResults = PAGE }: Json): Json {
  if (execution.state !== 'SUCCEEDED') throw invalid(`Query has not yet finished. Current state: ${execution.state}`)
  const all = [execution.columns.map(({ Name }) => Name), ...execution.rows]
  const [begin, end] = [Number(NextToken), Number(NextToken) + Math.min(Number(MaxResults), PAGE)]
  return {
    ResultSet: {
      Rows: all.slice(begin, end).map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })),
      ResultSetMetadata: { ColumnInfo: execution.columns },
    },
    ...(end < all.length && { NextToken: String(end) }),
  }
}

const invalid = (message: string) => new WireError(400, 'InvalidRequestException', message)

const json = (value: unknown): WireAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(value),
})
