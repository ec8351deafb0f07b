import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { call } from './adapters/aws-call.ts'

const service = { name: 'athena', target: 'AmazonAthena', version: '1.1' } as const

/** Where questions to the data lake are asked. */
export interface Lake {
  readonly workGroup: string
  readonly database: string
}

/** A table of text; absent is undefined. */
export interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | undefined)[])[]
}

const pollMs = 200

/** Asks the data lake in Athena's SQL and waits for the answer; rejects with Athena's reason. */
export async function askLake({ workGroup, database }: Lake, sql: string): Promise<Rows> {
  const { QueryExecutionId } = await call(service, 'StartQueryExecution', {
    ClientRequestToken: randomUUID(),
    QueryString: sql,
    WorkGroup: workGroup,
    QueryExecutionContext: { Database: database },
  })
  await finished(QueryExecutionId)
  const rows: (string | undefined)[][] = []
  let NextToken: string | undefined
  do {
    const page = await call(service, 'GetQueryResults', { QueryExecutionId, NextToken })
    for (const { Data } of page.ResultSet.Rows)
      rows.push(Data.map(({ VarCharValue }: { VarCharValue?: string }) => VarCharValue))
    NextToken = page.NextToken
  } while (NextToken)
  const [columns = [], ...rest] = rows
  return { columns: columns.map(String), rows: rest }
}

async function finished(QueryExecutionId: string): Promise<void> {
  for (;;) {
    const { QueryExecution } = await call(service, 'GetQueryExecution', { QueryExecutionId })
    const { State, StateChangeReason } = QueryExecution.Status
    if (State === 'SUCCEEDED') return
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason ?? `The query was ${State}.`)
    await pause(pollMs)
  }
}
