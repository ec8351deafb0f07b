import type { Actor } from '#kit'
import { entityKey, keys } from '#kit/keys'
import type { LedgerFact } from '#kit/ledger'
import { firstNumber, nodeId, numberOf, placeOf, segmentOf } from '#kit/node'
import { nodeNumbers } from '#kit/numbers'
import type { World } from '#kit/run'
import type { Answer, Balance, Outcome, Stored, Table, Write } from '#kit/table'
import type { Entity, Loaded } from '../../lib/kit/entity.ts'

interface Mark {
  readonly recall: string
  readonly epoch: number
  readonly places: readonly number[]
}

/** The one table in memory, with the same conditions as in DynamoDB; for tests of rules without a server. */
export class MemoryTable implements Table {
  readonly items = new Map<string, any>()
  readonly edges: any[] = []
  epoch = 0
  tail = 0
  private leased = 0

  async states(wanted: readonly { entity: Entity; id: string }[]): Promise<(Stored | undefined)[]> {
    return wanted.map(({ entity, id }) => this.items.get(entityKey(entity, id)))
  }
  async freeze(nodes: readonly string[], now = this.epoch) {
    const covering = (node: string) => {
      const all: Mark[] = this.items.get(keys.frozen(segmentOf(numberOf(node)))) ?? []
      const mine = all.filter(({ epoch, places }) => epoch <= now && places.includes(placeOf(numberOf(node))))
      return [...new Set(mine.map(({ recall }) => recall))]
    }
    const recalls = nodes.map((node) => [node, covering(node)] as const)
    return { epoch: now, tail: this.tail, recalls: new Map(recalls.filter(([, some]) => some.length > 0)) }
  }
  /** Freezes nodes by a recall from an epoch on, as the freezer does before it raises the epoch. */
  mark(recall: string, nodes: Iterable<string>, epoch = this.epoch) {
    for (const [segment, numbers] of Map.groupBy([...nodes].map(numberOf), segmentOf)) {
      const marks: Mark[] = this.items.get(keys.frozen(segment)) ?? []
      this.items.set(keys.frozen(segment), [...marks, { recall, epoch, places: numbers.map(placeOf) }])
    }
  }
  async answer(key: string): Promise<Answer | undefined> {
    return this.items.get(keys.answer(key))
  }
  async owner(entity: Entity, field: string, value: string): Promise<string | undefined> {
    return this.items.get(keys.unique(entity, field, value))
  }
  async record(entity: Entity, id: string) {
    const [stored] = await this.states([{ entity, id }])
    return stored && { stored, history: await this.history(entity, id), balances: await this.balances(id) }
  }
  async history(entity: Entity, id: string): Promise<LedgerFact[]> {
    return this.withPrefix<LedgerFact>(`${entityKey(entity, id)}/${keys.factPrefix}`)
  }
  async balances(lotId: string): Promise<Balance[]> {
    return this.withPrefix<Balance>(`${keys.lot(lotId)}/${keys.atPrefix}`).filter(({ quantity }) => quantity !== 0)
  }
  async quantitiesAt(place: string, lotIds: readonly string[]) {
    return lotIds.map((lotId) => this.items.get(`${keys.lot(lotId)}/${keys.at(place)}`)?.quantity ?? 0)
  }
  async list(by: 'worklist' | 'group', entity: Entity, value: string) {
    const states = [...this.items].filter(
      ([key, item]) => key.startsWith(`${entity.key}#`) && !key.includes('/') && entity[by]?.(item.data) === value,
    )
    return { items: states.map(([, item]) => item as Stored) }
  }
  async under(entity: Entity, about: string) {
    const states = [...this.items].filter(
      ([key, item]) => key.startsWith(`${entity.key}#`) && entity.under?.(item.data) === about,
    )
    return states.map(([, item]) => item as Stored)
  }
  async stock(by: 'place' | 'item', value: string) {
    const all = this.withPrefix<Balance>('LOT#', `/${keys.atPrefix}`).filter(({ quantity }) => quantity !== 0)
    return { items: all.filter((one) => (by === 'place' ? one.place : one.itemId) === value) }
  }

  /** Puts a state there as if earlier commands had made it. */
  given(entity: Entity, { id, ...data }: Loaded<Record<string, unknown>>) {
    this.items.set(entityKey(entity, id), {
      id,
      version: 1,
      head: '',
      facts: 0,
      data: entity.schema.parse(data),
    })
  }
  givenStock(lotId: string, itemId: string, place: string, quantity: number) {
    this.items.set(`${keys.lot(lotId)}/${keys.at(place)}`, { lotId, itemId, place, quantity })
  }

  async lease(count: number) {
    this.leased += count
    return firstNumber + this.leased - count
  }

  async transact(writes: readonly Write[]): Promise<Outcome> {
    for (const [index, write] of writes.entries()) {
      const found = this.conflictOf(write)
      if (found) return { done: false, failed: index, found }
    }
    for (const write of writes) this.apply(write)
    return { done: true }
  }

  private conflictOf(write: Write): Record<string, unknown> | undefined {
    const versionOf = (entity: Entity, id: string) => this.items.get(entityKey(entity, id))?.version ?? 0
    switch (write.kind) {
      case 'state':
        return versionOf(write.entity, write.next.id) === write.expect ? undefined : {}
      case 'check':
        return versionOf(write.entity, write.id) === write.expect ? undefined : {}
      case 'fact':
        return this.items.has(`${entityKey(write.entity, write.fact.entityId)}/${keys.fact(write.fact.version)}`)
          ? {}
          : undefined
      case 'stock': {
        const quantity = this.items.get(`${keys.lot(write.lotId)}/${keys.at(write.place)}`)?.quantity ?? 0
        return write.change < 0 && !write.mayOwe && quantity < -write.change ? { quantity } : undefined
      }
      case 'unique': {
        const id = this.items.get(keys.unique(write.entity, write.field, write.value))
        return id === undefined ? undefined : { id }
      }
      case 'epoch':
        return this.epoch === write.epoch && (write.tail === undefined || write.tail >= this.tail) ? undefined : {}
      case 'answer':
        return this.items.has(keys.answer(write.key)) ? {} : undefined
      case 'signIn':
        return this.items.has(keys.signIn(write.sub, write.id)) ? {} : undefined
      default:
        return undefined
    }
  }

  private apply(write: Write) {
    switch (write.kind) {
      case 'state':
        this.items.set(entityKey(write.entity, write.next.id), write.next)
        break
      case 'fact':
        this.items.set(`${entityKey(write.entity, write.fact.entityId)}/${keys.fact(write.fact.version)}`, write.fact)
        break
      case 'stock': {
        const key = `${keys.lot(write.lotId)}/${keys.at(write.place)}`
        const quantity = Math.round(((this.items.get(key)?.quantity ?? 0) + write.change) * 1e6) / 1e6
        this.items.set(key, { lotId: write.lotId, itemId: write.itemId, place: write.place, quantity })
        break
      }
      case 'edges':
        this.edges.push(...write.edges)
        break
      case 'unique':
        this.items.set(keys.unique(write.entity, write.field, write.value), write.id)
        break
      case 'retire':
        this.items.delete(keys.unique(write.entity, write.field, write.value))
        break
      case 'frozen': {
        const marks: Mark[] = this.items.get(keys.frozen(write.segment)) ?? []
        const born = [...write.places].map(([recall, places]) => ({ recall, epoch: write.epoch, places }))
        this.items.set(keys.frozen(write.segment), [...marks, ...born])
        break
      }
      case 'answer':
        this.items.set(keys.answer(write.key), write.answer)
        break
      case 'signIn':
        this.items.set(keys.signIn(write.sub, write.id), write)
        break
      default:
    }
  }

  private withPrefix<T>(prefix: string, inside = ''): T[] {
    const keysInOrder = [...this.items.keys()].filter((key) => key.startsWith(prefix) && key.includes(inside)).sort()
    return keysInOrder.map((key) => this.items.get(key))
  }
}

/** When examples happen. */
export const exampleNow = '2026-03-02T08:00:00.000Z'

/** The actor of an example: the first role that the spec allows, at every site. */
export const exampleActor = (roles: readonly string[], by: Partial<Actor> = {}): Actor => ({
  sub: 'usr-example',
  name: 'Example User',
  roles: roles.slice(0, 1),
  sites: ['*'],
  signIn: { at: exampleNow, id: 'sign-in-1' },
  ...by,
})

/** A world with fixed time and counted ids, so that a test says the same each time. */
export function worldOf(table: Table, ports: World['ports'] = {}): World {
  const [now, numbers] = [
    exampleNow,
    nodeNumbers(
      (size) => table.lease(size),
      () => 0,
    ),
  ]
  let count = 1000
  return {
    table,
    ports,
    now: () => now,
    newId: ({ prefix, node }) =>
      node ? nodeId(prefix, Date.parse(now), numbers.next()) : `${prefix}_${String(count++).padStart(26, '0')}`,
    ready: () => numbers.ready(),
    random: () => 0.5,
    wait: async () => {},
  }
}
