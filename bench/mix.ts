import type { Role } from '../lib/kit/command.ts'
import { type Factory, found, releasedLot, startedOrder } from '../test/cloud/factory.ts'
import type { People } from '../test/cloud/people.ts'

/** One request of the mix, ready to be sent. */
export interface Shot {
  readonly name: string
  readonly role: Role
  readonly method: string
  readonly path: string
  readonly body?: object
}

/** What the mix works on: enough lots that requests seldom meet on one. */
interface Stage {
  readonly factory: Factory
  readonly lots: readonly string[]
  readonly orders: readonly string[]
}

const lotCount = 60
const orderCount = 20

/** Builds the factory, its lots and its orders through the front door. */
export async function setStage(people: People): Promise<Stage> {
  const factory = await found(people, 'BENCH')
  const all = <T>(count: number, make: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => make(index)))
  const lots = await all(lotCount, (n) => releasedLot(people, factory, { number: `L-${n}`, quantity: 1_000_000 }))
  const orders = await all(orderCount, (n) => startedOrder(people, factory, { number: `O-${n}`, quantity: 1_000_000 }))
  const [store, , dock] = factory.locations
  const half = { from: store!, to: dock!, quantity: 500_000, unit: 'each' }
  await Promise.all(lots.map((lotId) => people.post('warehouse', `/lots/${lotId}/moves`, half)))
  return { factory, lots, orders }
}

type Make = (stage: Stage, turn: number) => Omit<Shot, 'name'>

const at = <T>(list: readonly T[], turn: number) => list[turn % list.length]!
const get = (path: string): Omit<Shot, 'name'> => ({ role: 'warehouse', method: 'GET', path })
const post = (role: Role, path: string, body: object): Omit<Shot, 'name'> => ({ role, method: 'POST', path, body })

/** What people of a factory ask and tell in a working day: half questions, half commands; by how many of twenty. */
const mix: readonly (readonly [share: number, name: string, make: Make])[] = [
  [4, 'show lot', ({ lots }, n) => get(`/lots/${at(lots, n)}`)],
  [2, 'mass balance', ({ lots }, n) => get(`/lots/${at(lots, n)}/mass-balance`)],
  [2, 'show order', ({ orders }, n) => get(`/orders/${at(orders, n)}`)],
  [1, 'list items', () => get('/items?kind=component')],
  [1, 'show partner', ({ factory }) => get(`/partners/${factory.customerId}`)],
  [
    4,
    'move stock',
    ({ lots, factory: { locations } }, n) => {
      const [from, to] = n % 2 === 0 ? [locations[2], locations[0]] : [locations[0], locations[2]]
      return post('warehouse', `/lots/${at(lots, n)}/moves`, { from, to, quantity: 1, unit: 'each' })
    },
  ],
  [
    3,
    'issue material',
    ({ lots, orders, factory: { locations } }, n) =>
      post('production', `/orders/${at(orders, n)}/materials`, {
        lines: [{ lotId: at(lots, n), locationId: locations[0], quantity: 1, unit: 'each' }],
      }),
  ],
  [
    1,
    'inspect lot',
    ({ lots }, n) =>
      post('quality', `/lots/${at(lots, n)}/inspections`, {
        results: [{ characteristic: 'Look', found: 'clean', passed: true }],
      }),
  ],
  [
    2,
    'receive goods',
    ({ factory: { supplierId, locations, items } }, n) =>
      post('warehouse', '/deliveries', {
        ...{ supplierId, locationId: locations[0] },
        lines: [{ itemId: items.part, number: `R-${n}`, supplierLot: `S-${n}`, quantity: 10, unit: 'each' }],
      }),
  ],
]

const deck = mix.flatMap(([share, name, make]) => Array.from({ length: share }, () => ({ name, make })))

/** The n-th request: every twenty in a row are the whole mix, shuffled the same way each time. */
export function shotAt(stage: Stage, n: number): Shot {
  const { name, make } = deck[(n * 7) % deck.length]!
  return { name, ...make(stage, n) }
}

/** One of each kind. */
export const oneOfEach = (stage: Stage, from: number): Shot[] =>
  mix.map(([, name, make], index) => ({ name, ...make(stage, from + index) }))
