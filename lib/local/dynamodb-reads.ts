import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { WireAnswer, WireCall } from './cloud.ts'
import { inputOf } from './dynamodb-input.ts'
import type { TableKey, TextKey } from './dynamodb-permissions.ts'
import type { Json } from './intrinsics.ts'
import { tally } from './tally.ts'
import { WireError } from './wire-error.ts'

/** Answers a call, or leaves it to the engine. */
type Reads = (call: Pick<WireCall, 'operation' | 'body'>) => WireAnswer | undefined

/** The engine's layout of its file that this knows; of another it reads nothing. */
const layout = '9'
/** DynamoDB ends a page of a query, and an answer of a batch, at these bytes. */
const most = { page: 1_048_576, batch: 16_777_216 }
const mostKeys = 100

/**
 * Answers reads of whole items by their keys, which are most of what functions ask, from the engine's database file in
 * this thread: in the engine each would wait for the transactions before it (docs/adr/0058). SQLite shows a reader what
 * was committed before it asked, so these reads are as consistent as the engine's. What is asked in any other way, or
 * wrong, is the engine's to answer.
 */
export function readsOfFile(file: string, tables: ReadonlyMap<string, TableKey>): Reads {
  let open: Map<string, TableFile> | undefined
  const tableOf = (name: string) => {
    open ??= openFile(file, tables)
    return open.get(name)
  }
  return (call) => {
    const read = reads[call.operation]
    if (!read) return undefined
    const answer = read(inputOf(call), tableOf)
    if (answer === undefined) return undefined
    tally(`file ${call.operation}`)
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: answer }
  }
}

function openFile(file: string, tables: ReadonlyMap<string, TableKey>): Map<string, TableFile> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  const known = database.prepare("SELECT value FROM _config WHERE key = 'schema_version'").get()
  if (known?.value !== layout) return new Map()
  return new Map(
    [...tables].flatMap(([name, { text }]) => (text ? [[name, new TableFile(database, name, text)] as const] : [])),
  )
}

type TableOf = (name: string) => TableFile | undefined

const reads: Readonly<Record<string, (input: Json, tableOf: TableOf) => string | undefined>> = {
  GetItem({ TableName, Key, ConsistentRead: _, ...others }, tableOf) {
    const item = isEmpty(others) ? tableOf(TableName)?.item(Key) : undefined
    return item && (item.json ? `{"Item":${item.json}}` : '{}')
  },

  BatchGetItem({ RequestItems, ...others }, tableOf) {
    const asked = Object.entries<Json>(RequestItems ?? {})
    if (!isEmpty(others) || asked.length !== 1) return undefined
    const [[name, { Keys, ConsistentRead: _, ...more }]] = asked as [[string, Json]]
    const table = tableOf(name)
    if (!table || !isEmpty(more) || !Array.isArray(Keys) || Keys.length === 0 || Keys.length > mostKeys)
      return undefined
    const items = Keys.map((key) => table.item(key))
    if (items.some((item) => !item) || new Set(items.map((item) => item!.name)).size < items.length) return undefined
    const found = items.flatMap((item) => item!.json ?? [])
    if (found.reduce((sum, { length }) => sum + length, 0) > most.batch) return undefined
    return `{"Responses":{${JSON.stringify(name)}:[${found}]},"UnprocessedKeys":{}}`
  },

  Query({ TableName, KeyConditionExpression, ExpressionAttributeValues, ConsistentRead: _, ...others }, tableOf) {
    const table = isEmpty(others) ? tableOf(TableName) : undefined
    const items = table?.items(String(KeyConditionExpression), ExpressionAttributeValues ?? {})
    return items && `{"Items":[${items}],"Count":${items.length},"ScannedCount":${items.length}}`
  },
}

const isEmpty = (input: object) => Object.keys(input).length === 0

/** `pk = :pk`, or that and `begins_with(sk, :begins)`. */
const condition = /^(\w+) = (:\w+)(?: AND begins_with\((\w+), (:\w+)\))?$/

/** One table in the engine's file. */
class TableFile {
  private readonly key: TextKey
  private readonly one: StatementSync
  private readonly range: StatementSync

  constructor(database: DatabaseSync, name: string, key: TextKey) {
    this.key = key
    this.one = database.prepare(`SELECT item_json FROM "${name}" WHERE pk = ? AND sk = ?`)
    this.range = database.prepare(
      `SELECT item_json, item_size FROM "${name}" WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk`,
    )
  }

  /** The item of a key, with what tells keys apart; nothing where it is not a key of this table. */
  item(key: Json): { readonly name: string; readonly json: string | undefined } | undefined {
    const [pk, sk] = this.key.map((name) => textOf(key?.[name]))
    if (!pk || !sk || Object.keys(key).length !== 2) return undefined
    const row = this.one.get(stored(pk), stored(sk))
    return { name: JSON.stringify([pk, sk]), json: row?.item_json as string | undefined }
  }

  /** The items of a partition in the order of their sort keys; nothing where the engine is to look itself. */
  items(expression: string, values: Json): readonly string[] | undefined {
    const [, partition, pkName, sort, beginsName] = condition.exec(expression) ?? []
    const names = [pkName, beginsName].filter((name) => name !== undefined)
    if (partition !== this.key[0] || (sort ?? this.key[1]) !== this.key[1]) return undefined
    if (names.length !== Object.keys(values).length) return undefined
    const texts = names.map((name) => textOf(values[name]))
    if (texts.includes(undefined)) return undefined
    // The engine would take it.
    if (texts.includes('')) throw emptyKey(this.key[texts.indexOf('')]!)
    const [pk = '', begins = ''] = texts
    const from = stored(begins)
    const items: string[] = []
    let bytes = 0
    for (const { item_json, item_size } of this.range.iterate(stored(pk), from, `${from}\u{10ffff}`)) {
      bytes += item_size as number
      if (bytes > most.page) return undefined
      items.push(item_json as string)
    }
    return items
  }
}

const textOf = (value: Json): string | undefined =>
  typeof value?.S === 'string' && Object.keys(value).length === 1 ? value.S : undefined

/** The engine writes the type before a key. */
const stored = (text: string) => `S:${text}`

const emptyKey = (name: string) =>
  new WireError(
    400,
    'ValidationException',
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
  )
