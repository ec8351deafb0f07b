import { join } from 'node:path'
import type { Resource, Service } from './cloud.ts'
import { type Engine, startEngine } from './dynamodb-engine.ts'
import type { TableKey } from './dynamodb-permissions.ts'
import { type DynamodbAccess, dynamodbWire } from './dynamodb-wire.ts'
import { EngineConnections } from './engine-connections.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { WireError } from './wire-error.ts'

const TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']
const DEFINITION = ['KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes']
// Backup, encryption, capacity and protection of the cloud's table: nothing that a program could notice.
const WITHOUT_EFFECT = [
  'BillingMode',
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'PointInTimeRecoverySpecification',
  'ProvisionedThroughput',
  'Replicas',
  'SSESpecification',
  'TableClass',
  'Tags',
  'WriteOnDemandThroughputSettings',
  'WriteProvisionedThroughputSettings',
]

let engine: Engine | undefined
let connections: EngineConnections | undefined
let access: DynamodbAccess | undefined

/** DynamoDB: tables of the template on a real engine with data on disk; SDK calls are passed through. */
export const dynamodb: Service = {
  name: 'dynamodb',
  types: TYPES,

  async start(cloud) {
    const tables = TYPES.flatMap((type) => cloud.ofType(type))
    for (const table of tables)
      onlyProperties(
        table,
        'TableName',
        'StreamSpecification',
        'TimeToLiveSpecification',
        ...DEFINITION,
        ...WITHOUT_EFFECT,
      )
    engine = await startEngine(join(cloud.data, 'dynamodb', 'data.sqlite'), cloud.port + 4)
    void engine.died.then((reason) => cloud.log('dynamodb', `${reason}; start the local cloud again`))
    connections = new EngineConnections(engine)
    for (const table of tables) await createTable(table)
    const { host, port, file } = engine
    access = { engine: { host, port }, file, tables: new Map(tables.map((table) => [table.ref, keyOf(table)])) }
    cloud.wire('dynamodb', dynamodbWire(access))
  },

  async stop() {
    await engine?.stop()
    engine = undefined
    connections = undefined
    access = undefined
  },
}

/** For those who answer SDK calls elsewhere than at the SDK endpoint. */
export function dynamodbAccess(): DynamodbAccess {
  return access ?? notRunning()
}

/** Calls the engine without authorization; rejects with DynamoDB's own error. */
export async function callDynamodb(target: string, input: unknown): Promise<Json> {
  const answer = await (connections ?? notRunning()).call(target, JSON.stringify(input))
  const output = JSON.parse(answer.body.toString())
  if (answer.status === 200) return output
  throw new WireError(answer.status, String(output.__type).replace(/^.*#/, ''), output.message ?? output.Message ?? '')
}

function notRunning(): never {
  throw new Error('the DynamoDB engine does not run: start the local cloud again')
}

function keyOf({ attributes, properties }: Resource): TableKey {
  const nameOf = (kind: string) => properties.KeySchema.find((each: Json) => each.KeyType === kind)?.AttributeName
  const isText = (name: string) =>
    properties.AttributeDefinitions.some((each: Json) => each.AttributeName === name && each.AttributeType === 'S')
  const [partition, sort] = [nameOf('HASH'), nameOf('RANGE')]
  const text = [partition, sort].every(isText) ? ([partition, sort] as const) : undefined
  return { arn: attributes.Arn!, partitionKey: partition, text }
}

/** Creates a table, or checks that the table of an earlier run is still the one that the template asks for. */
async function createTable(table: Resource): Promise<void> {
  const { properties, ref } = table
  const stream = properties.StreamSpecification
  const existing = await describe(ref)
  if (!existing)
    await callDynamodb('DynamoDB_20120810.CreateTable', {
      TableName: ref,
      BillingMode: 'PAY_PER_REQUEST',
      ...Object.fromEntries(DEFINITION.flatMap((key) => (properties[key] ? [[key, definition(properties[key])]] : []))),
      ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
    })
  else assertSame(table, existing)
  if (properties.TimeToLiveSpecification && !existing)
    await callDynamodb('DynamoDB_20120810.UpdateTimeToLive', {
      TableName: ref,
      TimeToLiveSpecification: properties.TimeToLiveSpecification,
    })
}

async function describe(name: string): Promise<Json | undefined> {
  try {
    return (await callDynamodb('DynamoDB_20120810.DescribeTable', { TableName: name })).Table
  } catch (error) {
    if (error instanceof WireError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}

/** Removes from indexes what only the cloud's capacity planning knows. */
function definition(value: Json[]): Json[] {
  return value.map(({ AttributeName, AttributeType, KeyType, IndexName, KeySchema, Projection }) => ({
    ...(AttributeName && { AttributeName }),
    ...(AttributeType && { AttributeType }),
    ...(KeyType && { KeyType }),
    ...(IndexName && { IndexName, KeySchema, Projection }),
  }))
}

function assertSame(table: Resource, existing: Json): void {
  const shape = (source: Json) =>
    JSON.stringify([
      source.KeySchema,
      ...['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'].map((kind) =>
        (source[kind] ?? []).map((index: Json) => [index.IndexName, index.KeySchema]).sort(),
      ),
      source.StreamSpecification?.StreamViewType ?? null,
    ])
  if (shape(table.properties) !== shape(existing))
    throw new Error(
      `table ${table.ref} of the data folder has other keys, indexes or stream than the template: start with --fresh`,
    )
}
