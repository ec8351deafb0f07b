import { edgeKinds } from '#kit/entity'
import { nodeId, numberOf, timeOf } from '#kit/node'
import type { StoredEdge } from '#kit/ports'
import { EdgeBuilder, type EdgeColumns } from './columns.ts'
import { type Nodes, placeOf, prefixCodeOf, prefixOf } from './nodes.ts'
import { factOfFrom, factOfTo, type Piece } from './piece.ts'

/** Puts edges as commands recorded them into columns, with the nodes that they name. */
export function pieceOf(recorded: Iterable<StoredEdge>): Piece {
  const edges = new EdgeBuilder()
  const ids = new Map<number, string>()
  const number = (id: string) => {
    const number = numberOf(id)
    const known = ids.get(number)
    if (known === undefined) ids.set(number, checked(id, number))
    else if (known !== id) throw new Error(`The nodes ${known} and ${id} have the same number ${number}.`)
    return number
  }
  for (const { from, to, at, recordedAt, until, stated, fact, ...rest } of recorded) {
    const entityId = fact.entityId === to ? factOfTo : fact.entityId === from ? factOfFrom : fact.entityId
    edges.add({
      ...rest,
      from: number(from),
      to: number(to),
      at: Date.parse(at),
      recordedAt: Date.parse(recordedAt),
      until: until === undefined ? undefined : Date.parse(until),
      stated: stated === true,
      fact: { entityId, version: fact.version },
    })
  }
  return { nodes: nodesOf(ids), edges: edges.columns() }
}

function checked(id: string, number: number): string {
  if (number >= 0 && number < 2 ** 32) return id
  throw new Error(`Node ${id} has the number ${number}; the genealogy holds numbers from 0 to 2^32.`)
}

function nodesOf(ids: ReadonlyMap<number, string>): Nodes {
  const numbers = Uint32Array.from(ids.keys()).sort()
  return {
    numbers,
    prefix: Uint8Array.from(numbers, (number) => prefixCodeOf(ids.get(number)!.slice(0, 3))),
    times: Float64Array.from(numbers, (number) => timeOf(ids.get(number)!)),
  }
}

/** Id of a node by its number, from the first of these parts that knows it. */
export function idIn(parts: readonly Nodes[], number: number): string | undefined {
  for (const { numbers, prefix, times } of parts) {
    const place = placeOf(numbers, number)
    if (place >= 0) return nodeId(prefixOf(prefix[place]!), times[place]!, number)
  }
  return undefined
}

/** One edge of the columns as it was recorded. */
export function recordedEdge(edges: EdgeColumns, edge: number, idOf: (number: number) => string): StoredEdge {
  const { texts, until, quantity, unit, item, party } = edges
  const [from, to] = [idOf(edges.from[edge]!), idOf(edges.to[edge]!)]
  const text = (code: number) => texts[code]!
  const owner = text(edges.fact[edge]!)
  const entityId = owner === factOfTo ? to : owner === factOfFrom ? from : owner
  return {
    ...{ kind: edgeKinds[edges.kind[edge]!]!, from, to },
    at: instant(edges.at[edge]!),
    recordedAt: instant(edges.recordedAt[edge]!),
    fact: { entityId, version: edges.factVersion[edge]! },
    ...(edges.stated[edge] ? { stated: true } : {}),
    ...(Number.isNaN(until[edge]!) ? {} : { until: instant(until[edge]!) }),
    ...(Number.isNaN(quantity[edge]!) ? {} : { quantity: quantity[edge]! }),
    ...(unit[edge] ? { unit: text(unit[edge]) } : {}),
    ...(item[edge] ? { itemId: text(item[edge]) } : {}),
    ...(party[edge] ? { party: text(party[edge]) } : {}),
  }
}

const instant = (time: number) => new Date(time).toISOString()
