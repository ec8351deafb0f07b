import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'

/** Lets the SDK of this process speak to the local cloud on this port, as its developer. */
export const pointAwsAt = (port: number) =>
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port + 1}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'any',
  })

/** Points the product's own adapters at the table of the local cloud on this port, and opens them. */
export async function openTable(port: number) {
  pointAwsAt(port)
  const { TableNames = [] } = await new DynamoDBClient({}).send(new ListTablesCommand({}))
  process.env.TABLE_NAME = TableNames[0]!
  Object.assign(process.env, { SERIES_DATABASE: 'lotline-telemetry', SERIES_TABLE: 'samples' })
  const [{ table }, { scope }, { series }] = await Promise.all([
    import('../../lib/adapters/table.ts'),
    import('../../lib/adapters/scope.ts'),
    import('../../lib/adapters/series-timestream.ts'),
  ])
  return { table, scope, series }
}

export type OpenTable = Awaited<ReturnType<typeof openTable>>
