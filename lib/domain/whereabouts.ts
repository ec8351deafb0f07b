import * as z from 'zod'
import type { Balance, TracedNode } from '#kit'
import type { LotState } from './lot.ts'
import { kindOfPlace } from './mass-balance.ts'

/** An edge of the genealogy as a person reads it. */
export const TracedEdge = z.object({
  kind: z.string(),
  from: z.string(),
  to: z.string(),
  at: z.string(),
  /** Set where a person or machine stated the time. */
  stated: z.literal(true).optional(),
  until: z.string().optional(),
  /** Quantity of that time, whatever became of it later. */
  quantity: z.number().optional(),
  unit: z.string().optional(),
  itemId: z.string().optional(),
  party: z.string().optional(),
})

/** Some of a lot at one place. */
const Whereabouts = z.object({
  /** Id of the location, pack, order, lot, equipment, installation, shipment or customer, or a word. */
  place: z.string(),
  kind: z.enum([
    ...['onHand', 'returned', 'inProcess', 'consumed', 'passedOn', 'installed', 'inTransit'],
    ...['delivered', 'scrapped', 'destroyed', 'sampled', 'unexplained'],
  ] as const),
  quantity: z.number(),
  /** Number, name or code of the place, where it has one. */
  name: z.string().optional(),
  /** Who has it, or is about to. */
  customerId: z.string().optional(),
  /** Where the pack is that holds it. */
  locationId: z.string().optional(),
})

/** A node of a trace as a person reads it: what it is, how sure and why it is touched, and where it is now. */
export const LocatedNode = z.object({
  id: z.string(),
  grade: z.enum(['confirmed', 'possible', 'excluded']),
  /** Rule that gave the grade. */
  rule: z.string(),
  /** Nodes from the seed to this one. */
  path: z.array(z.string()),
  /** Edges by which the trace came to it. */
  edges: z.array(TracedEdge),
  /** Which of the trace's loops it lies on, from 0. */
  loop: z.int().optional(),
  number: z.string().optional(),
  serial: z.string().optional(),
  itemId: z.string().optional(),
  status: z.string().optional(),
  /** Places that hold some of it; empty for what is not stock. */
  places: z.array(Whereabouts),
})

/** How many lots are at a place. */
export const PlaceCount = Whereabouts.omit({ quantity: true }).extend({ lots: z.int() })

/** Counts the lots of located nodes by place; excluded ones are not counted. */
export function countPlaces(nodes: readonly z.infer<typeof LocatedNode>[]): z.infer<typeof PlaceCount>[] {
  const places = nodes.flatMap((node) => (node.grade === 'excluded' ? [] : node.places))
  const groups = Map.groupBy(places, ({ place, kind }) => `${place} ${kind}`)
  return [...groups.values()].map((some) => {
    const { quantity: _, ...place } = some[0]!
    return { ...place, lots: some.length }
  })
}

/** What is known of nodes and places, by id; which of these fields there are depends on what it is. */
type States = ReadonlyMap<string, Known>
type Known = Readonly<Partial<Record<Text, string>>> & Partial<Pick<LotState, 'returned'>>
type Text = 'number' | 'code' | 'serial' | 'itemId' | 'status' | 'place' | 'customerId' | 'locationId'

/** What is said of a node before it is located. */
export type Affected = Pick<TracedNode, 'id' | 'grade' | 'rule' | 'path'> & Partial<Pick<TracedNode, 'edges' | 'loop'>>

/** Says of a traced node what it is and where it is; `states` holds the nodes themselves and the places of their stock. */
export function locatedNode(node: Affected, balances: readonly Balance[], states: States): z.infer<typeof LocatedNode> {
  const { number, code, serial, itemId, status } = states.get(node.id) ?? {}
  return {
    ...{ id: node.id, grade: node.grade, rule: node.rule, path: [...node.path] },
    edges: (node.edges ?? []).map((edge) => TracedEdge.parse(edge)),
    ...(node.loop === undefined ? {} : { loop: node.loop }),
    ...{ number: number ?? code, serial, itemId, status },
    places: balances.map((balance) => whereIs(balance, states)),
  }
}

function whereIs({ lotId, itemId, place, quantity }: Balance, states: States): z.infer<typeof Whereabouts> {
  const at = states.get(place) ?? {}
  const there = {
    place,
    quantity,
    name: at.number ?? at.place ?? at.code,
    customerId: at.customerId,
    locationId: at.locationId,
  }
  const kind = kindOfPlace(place)
  if (kind === 'onHand') return { ...there, kind: isBack(states.get(lotId), place) ? 'returned' : kind }
  if (place.startsWith('ord_')) return { ...there, kind: at.status === 'started' ? 'inProcess' : 'consumed' }
  // A split or merge goes on as the same item; what is in a lot of another item was built into it.
  if (kind === 'passedOn' && at.itemId !== itemId) return { ...there, kind: 'consumed' }
  return { ...there, kind, customerId: kind === 'delivered' ? place : there.customerId }
}

/** A unit that came back is back wherever it stands; of a lot only what is where it was put. */
const isBack = (lot: Known = {}, place: string) =>
  lot.returned !== undefined && (lot.serial !== undefined || lot.returned.locationId === place)
