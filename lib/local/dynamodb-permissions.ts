import type { Permission, WireCall } from './cloud.ts'
import { inputOf } from './dynamodb-input.ts'
import type { Json } from './intrinsics.ts'
import { WireError } from './wire-error.ts'

/** Names of the attributes of a key that are both strings. */
export type TextKey = readonly [partition: string, sort: string]

/** What must be known of a table to authorize a call, and to read it. */
export interface TableKey {
  readonly arn: string
  /** Name of the attribute. */
  readonly partitionKey: string
  readonly text?: TextKey | undefined
}

type TableLookup = (nameOrArn: string) => TableKey | undefined

const KEYED_OPERATIONS = new Set(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'])
const WRITES = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' }

/** IAM actions and resources of a DynamoDB call; a transaction needs the action of each of its items. */
export function permissionsOf(call: Pick<WireCall, 'operation' | 'body'>, table: TableLookup): Permission[] {
  const { operation } = call
  const input = inputOf(call)
  if (operation === 'TransactWriteItems')
    return distinct(
      (input.TransactItems ?? []).flatMap((item: Json) =>
        Object.entries(WRITES).flatMap(([kind, action]) => (item[kind] ? permission(action, item[kind], table) : [])),
      ),
    )
  if (operation === 'TransactGetItems')
    return distinct((input.TransactItems ?? []).map((item: Json) => permission('GetItem', item.Get ?? {}, table)))
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem')
    return Object.entries<Json>(input.RequestItems ?? {}).map(([name, requests]) => {
      const keys: Json[] =
        requests.Keys ?? requests.map((each: Json) => each.PutRequest?.Item ?? each.DeleteRequest?.Key)
      return { ...permission(operation, { TableName: name }, table), context: leadingKeys(keys, name, table) }
    })
  if (input.TableName === undefined && operation.startsWith('List'))
    return [{ action: `dynamodb:${operation}`, resource: '*' }]
  return [permission(operation, input, table)]
}

function permission(operation: string, input: Json, table: TableLookup): Permission {
  const known = table(input.TableName ?? '')
  if (!known)
    throw new WireError(400, 'ResourceNotFoundException', `Requested resource not found: Table: ${input.TableName}`)
  const resource = input.IndexName ? `${known.arn}/index/${input.IndexName}` : known.arn
  const action = `dynamodb:${operation}`
  // An index has keys of its own, of which LeadingKeys of the table says nothing.
  if (input.IndexName || !(KEYED_OPERATIONS.has(operation) || operation === 'ConditionCheckItem'))
    return { action, resource }
  const keys = operation === 'Query' ? [queriedKey(input, known.partitionKey)] : [input.Key ?? input.Item ?? {}]
  return { action, resource, context: leadingKeys(keys, input.TableName, table) }
}

function leadingKeys(keys: readonly Json[], name: string, table: TableLookup): Permission['context'] {
  const partitionKey = table(name)?.partitionKey ?? ''
  const values = keys.flatMap((key) => Object.values<string>(key?.[partitionKey] ?? {}))
  return { 'dynamodb:LeadingKeys': [...new Set(values)] }
}

/** Finds the partition key's value in `#pk = :pk AND ...`. */
function queriedKey(input: Json, partitionKey: string): Json {
  for (const [, name, value] of String(input.KeyConditionExpression).matchAll(/([#\w.]+)\s*=\s*(:\w+)/g))
    if ((input.ExpressionAttributeNames?.[name!] ?? name) === partitionKey)
      return { [partitionKey]: input.ExpressionAttributeValues?.[value!] }
  return {}
}

function distinct(permissions: readonly Permission[]): Permission[] {
  const merged = new Map<string, { action: string; resource: string; keys: Set<string> }>()
  for (const { action, resource, context } of permissions) {
    const key = `${action} ${resource}`
    const known = merged.get(key) ?? { action, resource, keys: new Set<string>() }
    for (const value of context?.['dynamodb:LeadingKeys'] ?? []) known.keys.add(value)
    merged.set(key, known)
  }
  return [...merged.values()].map(({ action, resource, keys }) => ({
    action,
    resource,
    context: { 'dynamodb:LeadingKeys': [...keys] },
  }))
}
