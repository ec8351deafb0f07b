/** An item's attributes as the document client has them. */
export type Attributes = Readonly<Record<string, unknown>>

const sumOf = <T>(values: Iterable<T>, size: (value: T) => number): number => {
  let sum = 0
  for (const value of values) sum += size(value)
  return sum
}

/** Each member of a list or map costs a byte more than its value. */
const member = 1
/** A list, map or set costs this much even when empty. */
const nesting = 3

/** Bytes of an attribute's value by DynamoDB's rules. */
function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (value instanceof Uint8Array) return value.length
  if (typeof value === 'number') return sizeOfNumber(value)
  if (value instanceof Set) return nesting + sumOf(value, sizeOfValue)
  if (Array.isArray(value)) return nesting + sumOf(value, (one) => member + sizeOfValue(one))
  if (typeof value === 'object' && value !== null)
    return nesting + member * Object.keys(value).length + sizeOf(value as Attributes)
  return 1
}

/** About a byte for two digits, and one more. */
const sizeOfNumber = (value: number) =>
  Math.ceil(String(Math.abs(value)).replace('.', '').length / 2) + 1 + (value < 0 ? 1 : 0)

/** Bytes of an item by DynamoDB's rules: its names and its values. */
export const sizeOf = (item: Attributes): number =>
  sumOf(Object.entries(item), ([name, value]) => Buffer.byteLength(name) + sizeOfValue(value))

const unitsOf = (bytes: number, unit: number) => Math.max(1, Math.ceil(bytes / unit))

/** Strongly consistent read units of so many bytes read together; nothing found costs one. */
export const readUnitsOf = (bytes: number): number => unitsOf(bytes, 4096)

/** Write units of one item of so many bytes. */
export const writeUnitsOf = (bytes: number): number => unitsOf(bytes, 1024)
