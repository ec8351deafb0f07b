import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'

/** Points the product's own adapters at the table of the local cloud on this port, and opens them. */
export async function openTable(port: number) {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port + 1}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'any',
  })
  const { TableNames = [] } = await new DynamoDBClient({}).send(new ListTablesCommand({}))
  process.env.TABLE_NAME = TableNames[0]!
  const [{ table }, { scope }] = await Promise.all([
    import('../../lib/adapters/table.ts'),
    import('../../lib/adapters/scope.ts'),
  ])
  return { table, scope }
}

export type OpenTable = Awaited<ReturnType<typeof openTable>>
