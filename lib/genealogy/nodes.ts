/** Prefixes of the ids of genealogy nodes by their code in stored segments, from 1; only ever appended to. */
export const nodePrefixes = ['slt', 'lot', 'ord', 'pck', 'shp', 'ins', 'eqp', 'pch'] as const

const codes = new Map<string, number>(nodePrefixes.map((prefix, place) => [prefix, place + 1]))

/** Code of a node's prefix; 0 stands for a number that no node is known to have. */
export function prefixCodeOf(prefix: string): number {
  const code = codes.get(prefix)
  if (code === undefined)
    throw new Error(`Nodes with the prefix "${prefix}" have no code. Append it to lib/genealogy/nodes.ts.`)
  return code
}

/** Prefix of a code above 0. */
export const prefixOf = (code: number): string => nodePrefixes[code - 1]!

/** Nodes by column, in the order of their numbers, with what makes their ids. */
export interface Nodes {
  readonly numbers: Uint32Array
  /** Code of the prefix of each node's id. */
  readonly prefix: Uint8Array
  /** Time in each node's id, milliseconds since 1970. */
  readonly times: Float64Array
}

/** Place of the first of ascending numbers that is not below this one. */
export function firstAt(numbers: Uint32Array, number: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! < number) low = middle + 1
    else high = middle
  }
  return low
}

/** Place of a number among ascending ones; -1 where it is not among them. */
export function placeOf(numbers: Uint32Array, number: number): number {
  const place = firstAt(numbers, number)
  return numbers[place] === number ? place : -1
}
