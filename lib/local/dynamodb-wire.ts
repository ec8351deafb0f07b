import type { WireService } from './cloud.ts'
import { permissionsOf, type TableKey } from './dynamodb-permissions.ts'
import { type EngineAddress, EngineConnections } from './engine-connections.ts'

/** What it takes to answer SDK calls, in whichever thread: the engine, and the tables by name. */
export interface DynamodbAccess {
  readonly engine: EngineAddress
  readonly tables: ReadonlyMap<string, TableKey>
}

/** Answers SDK calls by the engine, which checks no policies: the permissions are those that the call needs. */
export function dynamodbWire({ engine, tables }: DynamodbAccess): WireService {
  const connections = new EngineConnections(engine)
  const table = (nameOrArn: string) => tables.get(nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1))
  return {
    authorize: (call) => permissionsOf(call, table),
    answer: (call) => connections.call(call.headers['x-amz-target']!, call.body),
  }
}
