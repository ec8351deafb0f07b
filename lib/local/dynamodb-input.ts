import type { WireCall } from './cloud.ts'
import type { Json } from './intrinsics.ts'

const inputs = new WeakMap<Buffer, Json>()

/** The input of a call, read once for all who look at it: its permissions, the file, the engine's way. */
export function inputOf({ body }: Pick<WireCall, 'body'>): Json {
  const known = inputs.get(body)
  if (known !== undefined) return known
  const input: Json = JSON.parse(body.toString())
  if (typeof input === 'object') inputs.set(body, input)
  return input
}
