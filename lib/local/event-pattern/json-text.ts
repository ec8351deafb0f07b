/** A JSON value whose objects keep every member, repeated keys included, in the order of the text. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object as the list of its members, because EventBridge reads patterns and events as a stream. */
export interface JsonObject {
  readonly members: readonly (readonly [name: string, value: Json])[]
}

/** Tells an object from the other JSON values. */
export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && 'members' in value

/** Tells an array; unlike `Array.isArray` it narrows a readonly one. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/**
 * Reads JSON text, or a value that was parsed already, without losing repeated keys of a text.
 * Throws `SyntaxError` when the text is not JSON.
 */
export const readJson = (input: unknown): Json =>
  typeof input === 'string' ? readText(input) : (fromValue(input) as Json)

function fromValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromValue)
  if (typeof value !== 'object' || value === null) return value
  return { members: Object.entries(value).map(([name, member]) => [name, fromValue(member)]) }
}

const TOKEN = /\s*([[\]{},:]|"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+)/gsy

function readText(text: string): Json {
  JSON.parse(text) // throws on bad text, so that the walk below may trust every token
  const tokens = Array.from(text.matchAll(TOKEN), (match) => match[1]!)
  let at = 0

  const read = (): Json => {
    const token = tokens[at++]!
    if (token === '[') return readItems()
    return token === '{' ? { members: readMembers() } : JSON.parse(token)
  }
  const readItems = (): Json[] => {
    const items: Json[] = []
    while (tokens[at] !== ']') {
      items.push(read())
      if (tokens[at] === ',') at++
    }
    at++
    return items
  }
  const readMembers = (): [string, Json][] => {
    const members: [string, Json][] = []
    while (tokens[at] !== '}') {
      const name: string = JSON.parse(tokens[at]!)
      at += 2 // the name and its colon
      members.push([name, read()])
      if (tokens[at] === ',') at++
    }
    at++
    return members
  }
  return read()
}
