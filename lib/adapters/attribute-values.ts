/** JSON as DynamoDB writes values: each under the name of its type. */
type AttributeValue = Readonly<Record<string, unknown>>
type Plain = Readonly<Record<string, unknown>>

/** Members of DynamoDB's requests and answers that hold one item's attributes, and those that hold a list of them. */
const itemMembers: ReadonlySet<string> = new Set([
  'Attributes',
  'ExclusiveStartKey',
  'ExpressionAttributeValues',
  'Item',
  'Key',
  'LastEvaluatedKey',
])
const listMembers: ReadonlySet<string> = new Set(['Items', 'Keys'])

/** A request in which attributes are plain values, as DynamoDB reads it. */
export const toWire = (request: object): Plain => converted(request as Plain, itemOf)

/** An answer as DynamoDB wrote it, with plain values. */
export const fromWire = (answer: Plain): Plain => converted(answer, plainOf)

function converted(message: Plain, item: (attributes: any) => Plain): Plain {
  const result: Record<string, unknown> = {}
  for (const name in message) {
    const value = message[name] as any
    if (value === undefined) continue
    if (itemMembers.has(name)) result[name] = item(value)
    else if (listMembers.has(name)) result[name] = value.map(item)
    else if (name === 'Responses') result[name] = mapped(value, (items: any[]) => items.map(item))
    else result[name] = within(value, item)
  }
  return result
}

function within(value: any, item: (attributes: any) => Plain): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? value.map((one) => within(one, item)) : converted(value, item)
}

function mapped(values: any, change: (value: any) => unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const name in values) result[name] = change(values[name])
  return result
}

function itemOf(attributes: Plain): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {}
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined) item[name] = attributeOf(value)
  }
  return item
}

function attributeOf(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'number':
      return { N: numberOf(value) }
    case 'boolean':
      return { BOOL: value }
    case 'bigint':
      return { N: String(value) }
  }
  if (value === null) return { NULL: true }
  if (Array.isArray(value)) return { L: value.filter((one) => one !== undefined).map(attributeOf) }
  if (value instanceof Uint8Array) return { B: base64Of(value) }
  if (value instanceof Set) return setOf([...value])
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return { M: itemOf(value as Plain) }
  throw new TypeError(`DynamoDB has no type for ${Object.prototype.toString.call(value)}.`)
}

function setOf(values: readonly unknown[]): AttributeValue {
  if (values.length === 0) throw new TypeError('DynamoDB has no empty sets.')
  if (values.every((value) => typeof value === 'string')) return { SS: values }
  if (values.every((value) => value instanceof Uint8Array)) return { BS: values.map(base64Of) }
  return { NS: values.map((value) => numberOf(value as number)) }
}

/** DynamoDB keeps 38 digits; what JavaScript cannot write exactly must not become another number on the way. */
function numberOf(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new TypeError(`The number ${value} cannot be kept as it is.`)
  return String(value)
}

const base64Of = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length).toString('base64')

/** Of their own memory, as the SDK gives them: a view of Node's shared pool would keep all of that alive. */
function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  const isOwn = bytes.length === bytes.buffer.byteLength
  return isOwn ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
}

const plainOf = (attributes: Readonly<Record<string, AttributeValue>>) => mapped(attributes, plainValue)

function plainValue(attribute: any): unknown {
  if (attribute.S !== undefined) return attribute.S
  if (attribute.N !== undefined) return Number(attribute.N)
  if (attribute.M !== undefined) return plainOf(attribute.M)
  if (attribute.L !== undefined) return attribute.L.map(plainValue)
  if (attribute.BOOL !== undefined) return attribute.BOOL
  if (attribute.B !== undefined) return bytesOf(attribute.B)
  if (attribute.BS !== undefined) return new Set(attribute.BS.map(bytesOf))
  if (attribute.SS !== undefined) return new Set(attribute.SS)
  if (attribute.NS !== undefined) return new Set(attribute.NS.map(Number))
  return null
}
