/** A JSON value. */
type Json = null | boolean | number | string | Json[] | JsonObject
interface JsonObject {
  [key: string]: Json
}

/** A classic device shadow. */
export interface Shadow {
  readonly state: { readonly desired?: JsonObject; readonly reported?: JsonObject }
  readonly metadata: { readonly desired?: JsonObject; readonly reported?: JsonObject }
  readonly version: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A refusal of the shadow service, with AWS's code. */
export class ShadowRefused extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** What an update changes and has to tell. */
interface ShadowUpdate {
  readonly shadow: Shadow
  readonly accepted: JsonObject
  /** Absent where nothing that the update touches differs between desired and reported. */
  readonly delta: JsonObject | undefined
  readonly documents: JsonObject
}

const LARGEST_DOCUMENT = 8 * 1024
const DEEPEST_STATE = 8
const PARTS = ['desired', 'reported'] as const

/** Applies an update request to a shadow; throws `ShadowRefused` for a bad or outdated one. */
export function updateShadow(before: Shadow | undefined, payload: Uint8Array, timestamp: number): ShadowUpdate {
  const request = parseRequest(payload)
  const version = before?.version ?? 0
  if (request.version !== undefined && request.version !== version) throw new ShadowRefused(409, 'Version conflict')

  const state: Record<string, JsonObject> = {}
  const metadata: Record<string, JsonObject> = {}
  const touched: Record<string, JsonObject> = {}
  for (const part of PARTS) {
    const change = request.state[part]
    const merged = change === undefined ? before?.state[part] : merge(before?.state[part], change)
    if (!merged || Object.keys(merged).length === 0) continue
    state[part] = merged
    metadata[part] = stamp(merged, before?.state[part], before?.metadata[part], timestamp)
  }
  for (const part of PARTS) {
    const change = request.state[part]
    if (change) touched[part] = stamp(change, undefined, undefined, timestamp)
  }
  const shadow: Shadow = { state, metadata, version: version + 1, timestamp }
  const token: JsonObject = request.clientToken === undefined ? {} : { clientToken: request.clientToken }
  const told = { version: shadow.version, timestamp, ...token }
  const delta = shadow.state.desired && difference(shadow.state.desired, shadow.state.reported)
  const visible = ({ state, metadata, version }: Shadow): JsonObject => ({ state, metadata, version }) as JsonObject
  return {
    shadow,
    accepted: { state: request.state as JsonObject, metadata: touched, ...told },
    delta:
      delta && request.state.desired !== undefined
        ? { state: delta, metadata: stamp(delta, undefined, undefined, timestamp), ...told }
        : undefined,
    documents: { previous: before ? visible(before) : null, current: visible(shadow), timestamp, ...token },
  }
}

/** The document that a get answers, with what differs between desired and reported. */
export function shadowDocument(shadow: Shadow): JsonObject {
  const delta = shadow.state.desired && difference(shadow.state.desired, shadow.state.reported)
  return {
    ...(shadow as unknown as JsonObject),
    state: { ...shadow.state, ...(delta && { delta }) } as JsonObject,
  }
}

function parseRequest(payload: Uint8Array) {
  if (payload.length > LARGEST_DOCUMENT) throw new ShadowRefused(413, 'The payload exceeds the maximum size allowed')
  let request: Json
  try {
    request = JSON.parse(new TextDecoder().decode(payload))
  } catch {
    throw new ShadowRefused(400, 'Payload contains invalid json')
  }
  if (!isObject(request)) throw new ShadowRefused(400, 'State contains an invalid node')
  const { state, version, clientToken } = request
  if (state === undefined) throw new ShadowRefused(400, 'Missing required node: state')
  if (!isObject(state)) throw new ShadowRefused(400, 'State node must be an object')
  const unknown = Object.keys(state).filter((part) => part !== 'desired' && part !== 'reported')
  if (unknown.length > 0) throw new ShadowRefused(400, `State contains an invalid node: ${unknown.join(', ')}`)
  for (const part of PARTS) {
    const value = state[part]
    if (value !== undefined && value !== null && !isObject(value))
      throw new ShadowRefused(400, `${part} node must be an object`)
    if (depth(value) > DEEPEST_STATE) throw new ShadowRefused(400, 'JSON contains too many levels of nesting')
  }
  if (version !== undefined && !Number.isInteger(version)) throw new ShadowRefused(400, 'Invalid version')
  if (clientToken !== undefined && (typeof clientToken !== 'string' || clientToken.length > 64))
    throw new ShadowRefused(400, 'Invalid clientToken')
  return { state: state as { desired?: JsonObject | null; reported?: JsonObject | null }, version, clientToken }
}

/** Merges a change into a state: objects key by key, anything else as a whole, `null` removes. */
function merge(before: JsonObject | undefined, change: JsonObject | null): JsonObject | undefined {
  if (change === null) return undefined
  const merged = new Map(Object.entries(before ?? {}))
  for (const [key, value] of Object.entries(change)) {
    const old = merged.get(key)
    const next = isObject(value) ? merge(isObject(old) ? old : undefined, value) : value
    if (next === null || next === undefined) merged.delete(key)
    else merged.set(key, next)
  }
  return Object.fromEntries(merged)
}

/** Metadata of a state: the time of each leaf's last change. */
function stamp(after: JsonObject, before: Json | undefined, metadata: Json | undefined, timestamp: number): JsonObject {
  const old = isObject(before) ? before : {}
  const times = isObject(metadata) ? metadata : {}
  return Object.fromEntries(
    Object.entries(after).map(([key, value]) => {
      if (isObject(value)) return [key, stamp(value, own(old, key), own(times, key), timestamp)]
      const known = own(times, key)
      const same = known !== undefined && JSON.stringify(own(old, key)) === JSON.stringify(value)
      return [key, same ? known : Array.isArray(value) ? value.map(() => ({ timestamp })) : { timestamp }]
    }),
  )
}

/** What is desired and not (or otherwise) reported. */
function difference(desired: JsonObject, reported: Json | undefined): JsonObject | undefined {
  const found = Object.entries(desired).flatMap(([key, value]): [string, Json][] => {
    const actual = isObject(reported) ? own(reported, key) : undefined
    if (isObject(value) && isObject(actual)) {
      const inner = difference(value, actual)
      return inner ? [[key, inner]] : []
    }
    return JSON.stringify(value) === JSON.stringify(actual) ? [] : [[key, value]]
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

function depth(value: Json | undefined): number {
  if (Array.isArray(value)) return 1 + Math.max(0, ...value.map(depth))
  return isObject(value) ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
}

/** Keys come from devices: an inherited name such as `constructor` is absent. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
