import { describe, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { canonical, seal, sha256 } from '../../lib/kit/ledger.ts'
import { type Request, type Result, run, type World } from '../../lib/kit/run.ts'
import type { Outcome, Write } from '../../lib/kit/table.ts'
import { Bolt, findBolts, makeBolts, moveBolts, sealBolt, signBolt, turnBolt } from './bolt.ts'
import { exampleActor, exampleNow, MemoryTable, worldOf } from './memory.ts'

const boltId = Bolt.sample()
const orderId = Order.sample(77)
const request = (rest: Partial<Request> = {}): Request => ({
  command: 'test/turn-bolt',
  id: 'req-1',
  actor: exampleActor(['quality']),
  ...rest,
})
const turn = { boltId, turns: 1 }
const refusalOf = (result: Result) => (result.ok ? 'accepted' : result.refusal)
const turnsOf = (table: MemoryTable) => table.items.get(`BOLT#${boltId}`).data.turns

/** A table that does something right before the n-th transaction, as another command would. */
class BusyTable extends MemoryTable {
  transactions = 0
  before: (nth: number) => void | Promise<void> = () => {}
  override async transact(writes: readonly Write[]): Promise<Outcome> {
    this.transactions += 1
    await this.before(this.transactions)
    return super.transact(writes)
  }
}

const tableWith = (changes: Parameters<typeof Bolt.like>[0] = {}) => {
  const table = new BusyTable()
  table.given(Bolt, { id: boltId, ...Bolt.like(changes) })
  return table
}

/** As another command that changed the bolt. */
const disturb = (table: MemoryTable, changes: Parameters<typeof Bolt.like>[0] = {}) => {
  const stored = table.items.get(`BOLT#${boltId}`)
  table.items.set(`BOLT#${boltId}`, {
    ...stored,
    version: stored.version + 1,
    data: { ...stored.data, ...changes },
  })
}

describe('an idempotency key', () => {
  const keyed = request({ key: 'k-1' })

  test('gives a repeat the same answer and writes nothing', async () => {
    const table = tableWith()
    const first = await run(turnBolt, turn, keyed, worldOf(table))
    const again = await run(turnBolt, turn, { ...keyed, id: 'req-2' }, worldOf(table))
    expect(first.ok && again.ok && again.answer.body).toEqual(first.ok && first.answer.body)
    expect(again.ok && again.ledger).toEqual([])
    expect([table.transactions, turnsOf(table)]).toEqual([1, 1])
  })

  test('is refused with another body, and with another command', async () => {
    const table = tableWith()
    await run(turnBolt, turn, keyed, worldOf(table))
    const other = await run(turnBolt, { ...turn, turns: 2 }, keyed, worldOf(table))
    expect(refusalOf(other)).toEqual({ refusal: 'key-reused', details: { key: 'k-1' } })
    const elsewhere = await run(turnBolt, turn, { ...keyed, command: 'test/other' }, worldOf(table))
    expect(refusalOf(elsewhere)).toMatchObject({ refusal: 'key-reused' })
    expect(turnsOf(table)).toBe(1)
  })

  test('belongs to one person', async () => {
    const table = tableWith()
    await run(turnBolt, turn, keyed, worldOf(table))
    const actor = exampleActor(['quality'], { sub: 'usr-other' })
    expect(refusalOf(await run(turnBolt, { ...turn, turns: 2 }, { ...keyed, actor }, worldOf(table)))).toBe('accepted')
    expect(turnsOf(table)).toBe(3)
  })

  test('is not used up by a refusal', async () => {
    const table = tableWith({ turns: 9 })
    expect(refusalOf(await run(turnBolt, turn, keyed, worldOf(table)))).toMatchObject({ refusal: 'bolt-tight' })
    disturb(table, { turns: 0 })
    expect(refusalOf(await run(turnBolt, turn, keyed, worldOf(table)))).toBe('accepted')
  })

  test.each([
    ['would succeed once more', 0, 1],
    ['would be refused after it', 8, 9],
  ])('gives a repeat that runs beside its original and %s the one answer', async (_, turns, after) => {
    const table = tableWith({ turns })
    let original: Result | undefined
    table.before = async (nth) => {
      if (nth === 1) original = await run(turnBolt, turn, { ...keyed, id: 'req-0' }, worldOf(table))
    }
    const repeat = await run(turnBolt, turn, keyed, worldOf(table))
    expect(original!.ok && repeat.ok && repeat.answer.body).toEqual(original!.ok && original!.answer.body)
    expect(turnsOf(table)).toBe(after)
  })
})

describe('a state that changes while a command runs', () => {
  test('is read and decided on again', async () => {
    const table = tableWith()
    table.before = (nth) => (nth === 1 ? disturb(table, { turns: 5 }) : undefined)
    expect(refusalOf(await run(turnBolt, turn, request(), worldOf(table)))).toBe('accepted')
    expect([table.transactions, turnsOf(table)]).toEqual([2, 6])
  })

  test('may turn a yes into a no', async () => {
    const table = tableWith()
    table.before = () => disturb(table, { turns: 9 })
    expect(refusalOf(await run(turnBolt, turn, request(), worldOf(table)))).toMatchObject({ refusal: 'bolt-tight' })
    expect(turnsOf(table)).toBe(9)
  })

  test('ends after three attempts with nothing written and its name', async () => {
    const table = tableWith()
    table.before = () => disturb(table)
    const result = await run(turnBolt, turn, request(), worldOf(table))
    expect(refusalOf(result)).toEqual({ refusal: 'too-busy', details: { about: `bolt ${boltId}` } })
    expect([table.transactions, turnsOf(table)]).toEqual([3, 0])
  })

  test('does not repeat the outside effect', async () => {
    const table = tableWith()
    table.before = (nth) => (nth < 3 ? disturb(table) : undefined)
    let performed = 0
    const effect = { ...turnBolt, perform: async () => (performed += 1) }
    expect(refusalOf(await run(effect, turn, request(), worldOf(table)))).toBe('accepted')
    expect([table.transactions, performed]).toEqual([3, 1])
  })

  test('transactions that only met are tried eight times, each after a wait', async () => {
    const table = tableWith()
    table.transact = async () => ({ done: false, failed: undefined, found: undefined })
    const waits: number[] = []
    const world: World = { ...worldOf(table), wait: async (milliseconds) => void waits.push(milliseconds) }
    expect(refusalOf(await run(turnBolt, turn, request(), world))).toMatchObject({ refusal: 'too-busy' })
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640])
  })
})

describe('the kit refuses by itself', () => {
  test('what does not exist, with the field that named it', async () => {
    const result = await run(turnBolt, turn, request(), worldOf(new MemoryTable()))
    const details = { name: 'bolt', id: boltId, field: 'boltId' }
    expect(refusalOf(result)).toEqual({ refusal: 'entity-unknown', details })
  })

  test('what belongs to a site that the token does not list', async () => {
    const at = (sites: string[]) =>
      run(
        turnBolt,
        turn,
        request({ actor: exampleActor(['quality'], { sites }) }),
        worldOf(tableWith({ siteId: 's1' })),
      )
    expect(refusalOf(await at(['s2']))).toMatchObject({ refusal: 'site-foreign', details: { siteId: 's1' } })
    expect(refusalOf(await at([]))).toMatchObject({ refusal: 'site-foreign' })
    expect(refusalOf(await at(['s2', 's1']))).toBe('accepted')
    expect(refusalOf(await at(['*']))).toBe('accepted')
  })

  test('more than stands at a place, with the lot, the place and both quantities', async () => {
    const table = tableWith()
    table.givenStock(boltId, 'itm_1', 'loc_1', 4)
    const move = (quantity: number) => run(moveBolts, { boltId, from: 'loc_1', quantity }, request(), worldOf(table))
    const details = { lotId: boltId, lot: boltId, place: 'loc_1', onHand: 4, wanted: 4.5 }
    expect(refusalOf(await move(4.5))).toEqual({ refusal: 'stock-short', details })
    expect(refusalOf(await move(4))).toBe('accepted')
    expect(await table.balances(boltId)).toEqual([{ lotId: boltId, itemId: 'itm_1', place: 'loc_2', quantity: 4 }])
  })

  test('a natural key that is taken, with its owner', async () => {
    const table = new MemoryTable()
    await run(makeBolts, { codes: ['B-1'] }, request(), worldOf(table))
    const world = { ...worldOf(table), newId: () => Bolt.sample(2) }
    const result = await run(makeBolts, { codes: ['B-1'] }, request(), world)
    const details = { name: 'bolt', field: 'code', key: 'code "B-1"', existing: Bolt.sample(1000) }
    expect(refusalOf(result)).toEqual({ refusal: 'already-exists', details })
  })

  test('a natural key that one command would give twice', async () => {
    const table = new BusyTable()
    const result = await run(makeBolts, { codes: ['B-1', 'B-2', 'B-1'] }, request(), worldOf(table))
    expect(refusalOf(result)).toMatchObject({ refusal: 'already-exists', details: { key: 'code "B-1"' } })
    expect(table.transactions).toBe(0)
  })
})

describe('what is read by a natural key', () => {
  const typesOf = (result: Result) =>
    result.ok ? result.ledger.map(({ type, data }: any) => [type, data.code]) : result
  const table = async () => {
    const busy = new BusyTable()
    await run(makeBolts, { codes: ['B-1', 'B-2'] }, request(), worldOf(busy))
    return busy
  }

  test('stands in the order of its keys, with a gap where nobody has one or none was given', async () => {
    const world = { ...worldOf(await table()), newId: () => Bolt.sample(7) }
    const result = await run(findBolts, { codes: ['B-3', 'B-2', undefined, 'B-1'] }, request(), world)
    expect(typesOf(result)).toEqual([
      ['BoltMade', 'B-3'],
      ['BoltTurned', undefined],
      ['BoltTurned', undefined],
    ])
    expect(result.ok && result.ledger.slice(1).map(({ entityId }) => entityId)).toEqual([
      Bolt.sample(1001),
      Bolt.sample(1000),
    ])
  })

  test('and claimed by another command meanwhile is decided on again, not refused', async () => {
    const busy = await table()
    const other = { ...worldOf(busy), newId: () => Bolt.sample(7) }
    busy.before = async (nth) => {
      if (nth === 2) await run(makeBolts, { codes: ['B-3'] }, request({ id: 'req-2' }), other)
    }
    const result = await run(findBolts, { codes: ['B-3'] }, request(), worldOf(busy))
    expect(result.ok && result.ledger.map(({ type, entityId }) => [type, entityId])).toEqual([
      ['BoltTurned', Bolt.sample(7)],
    ])
  })

  test('and frozen is refused where it must be free', async () => {
    const busy = await table()
    busy.mark('rec_1', [Bolt.sample(1001)])
    const guarded = { ...findBolts, reads: { bolts: findBolts.reads.bolts!.unfrozen() } }
    expect(refusalOf(await run(guarded, { codes: ['B-1'] }, request(), worldOf(busy)))).toBe('accepted')
    expect(refusalOf(await run(guarded, { codes: ['B-2'] }, request(), worldOf(busy)))).toMatchObject({
      refusal: 'stock-frozen',
    })
  })

  test('must be a key that the entity declares', () => {
    expect(() => Bolt.by('size', () => [])).toThrow('Declare it in "unique"')
  })
})

describe('a freeze', () => {
  const freeze = (table: MemoryTable, node: string) => {
    table.epoch += 1
    table.mark('rec_1', [node])
  }

  test('refuses what must be free, with the recall', async () => {
    const table = tableWith()
    freeze(table, boltId)
    const result = await run(turnBolt, turn, request(), worldOf(table))
    expect(refusalOf(result)).toEqual({
      refusal: 'stock-frozen',
      details: { lotId: boltId, lot: boltId, recalls: 'rec_1' },
    })
  })

  test('that comes between reading and writing still refuses', async () => {
    const table = tableWith()
    table.before = (nth) => (nth === 1 ? freeze(table, boltId) : undefined)
    expect(refusalOf(await run(turnBolt, turn, request(), worldOf(table)))).toMatchObject({ refusal: 'stock-frozen' })
    expect(turnsOf(table)).toBe(0)
  })

  test('of something else only makes the command try again', async () => {
    const table = tableWith()
    table.before = (nth) => (nth === 1 ? freeze(table, Lot.sample(78)) : undefined)
    expect(refusalOf(await run(turnBolt, turn, request(), worldOf(table)))).toBe('accepted')
    expect(table.transactions).toBe(2)
  })

  test('that comes while something is made from the node is inherited', async () => {
    const table = new BusyTable()
    table.before = (nth) => (nth === 1 ? freeze(table, orderId) : undefined)
    await run(makeBolts, { codes: ['B-1'], from: orderId }, request(), worldOf(table))
    // The first attempt's id was never written; the second's was, frozen.
    expect([...(await table.freeze([Bolt.sample(1001)])).recalls]).toEqual([[Bolt.sample(1001), ['rec_1']]])
    expect(table.items.has(`BOLT#${Bolt.sample(1000)}`)).toBe(false)
  })
})

test('deciding on nothing writes nothing', async () => {
  const table = tableWith()
  const result = await run(makeBolts, { codes: [] }, request(), worldOf(table))
  expect(result.ok && result.answer.body).toEqual({ facts: [] })
  expect(table.transactions).toBe(0)
})

test('a fault of the rule is thrown, not turned into a refusal', async () => {
  const decide = () => {
    throw new Error('The rule is broken.')
  }
  const broken = { ...turnBolt, decide }
  await expect(run(broken, turn, request(), worldOf(tableWith()))).rejects.toThrow('The rule is broken.')
})
describe('a signature', () => {
  const head = 'a'.repeat(64)
  const stored = (table: MemoryTable, hash = head) =>
    table.items.set(`BOLT#${boltId}`, { ...table.items.get(`BOLT#${boltId}`), head: hash })
  const bolted = (changes: Parameters<typeof Bolt.like>[0] = {}) => {
    const table = tableWith(changes)
    stored(table)
    return table
  }
  const signature = { hash: head, timeZone: 'Asia/Shanghai' }
  const signing = (rest: object = {}, actor: Parameters<typeof exampleActor>[1] = {}, table = bolted()) =>
    run(
      sealBolt,
      { boltId, turns: 1, signature, ...rest },
      request({ actor: exampleActor(['quality'], actor) }),
      worldOf(table),
    )
  const at = (seconds: number) => ({
    signIn: { at: new Date(Date.parse(exampleNow) - seconds * 1000).toISOString(), id: 's' },
  })

  test('stands in the fact: meaning, name, time, zone and what was signed, sealed by its hash', async () => {
    const result = await signing({}, { name: 'Zoë' })
    const [fact] = result.ok ? result.ledger : []
    expect(fact?.signature).toEqual({
      meaning: sealBolt.signs!.meaning,
      ...{ name: 'Zoë', at: exampleNow, timeZone: 'Asia/Shanghai', hash: head, signedInAt: exampleNow },
    })
    const { hash, ...rest } = fact!
    expect(seal(rest).hash).toBe(hash)
    expect(seal({ ...rest, signature: { ...fact!.signature!, name: 'Eve' } }).hash).not.toBe(hash)
  })

  test('is asked for, with what it means and the hash of what stands there', async () => {
    expect(refusalOf(await signing({ signature: undefined }))).toEqual({
      refusal: 'signature-missing',
      details: { meaning: sealBolt.signs!.meaning, hash: head, seconds: 120 },
    })
  })

  test('is not asked for where nothing would be done', async () => {
    const refused = await signing({ signature: undefined }, {}, bolted({ turns: 9 }))
    expect(refusalOf(refused)).toMatchObject({ refusal: 'bolt-tight' })
  })

  test('needs a sign-in of the last 120 s', async () => {
    expect(refusalOf(await signing({}, at(120)))).toBe('accepted')
    expect(refusalOf(await signing({}, at(121)))).toMatchObject({ refusal: 'sign-in-old' })
    expect(refusalOf(await signing({}, { signIn: undefined }))).toMatchObject({ refusal: 'sign-in-old' })
  })

  test('holds for the version that was seen and no other', async () => {
    const table = bolted()
    stored(table, 'b'.repeat(64))
    expect(refusalOf(await signing({}, {}, table))).toEqual({
      refusal: 'signature-outdated',
      details: { signed: head, hash: 'b'.repeat(64) },
    })
  })

  test('does not hold for a version that came while it was written', async () => {
    const table = bolted()
    table.before = (nth) => {
      if (nth > 1) return
      disturb(table, { turns: 3 })
      stored(table, 'c'.repeat(64))
    }
    expect(refusalOf(await signing({}, {}, table))).toMatchObject({ refusal: 'signature-outdated' })
    expect(turnsOf(table)).toBe(3)
  })

  test('uses its sign-in up', async () => {
    const table = bolted()
    await signing({}, {}, table)
    const again = { hash: table.items.get(`BOLT#${boltId}`).head, timeZone: 'Asia/Shanghai' }
    expect(refusalOf(await signing({ signature: again }, {}, table))).toEqual({ refusal: 'sign-in-used', details: {} })
    expect(refusalOf(await signing({ signature: again }, at(1), table))).toBe('accepted')
    expect(turnsOf(table)).toBe(2)
  })

  test('is not that of somebody whose own doing it judges', async () => {
    expect(refusalOf(await signing({}, { sub: 'usr-turner' }))).toMatchObject({ refusal: 'signer-involved' })
  })

  test('under what begins is bound to the request itself', async () => {
    const input = { code: 'B-9' }
    const asked = await run(signBolt, input, request(), worldOf(new MemoryTable()))
    const { hash } = (asked as any).refusal.details
    expect(hash).toBe(sha256(canonical(input)))
    const other = await run(
      signBolt,
      { code: 'B-8', signature: { ...signature, hash } },
      request(),
      worldOf(new MemoryTable()),
    )
    expect(refusalOf(other)).toMatchObject({ refusal: 'signature-outdated' })
    const made = await run(
      signBolt,
      { ...input, signature: { ...signature, hash } },
      request(),
      worldOf(new MemoryTable()),
    )
    expect(refusalOf(made)).toBe('accepted')
  })

  test('a repeat with its key gets the same answer, and needs no other sign-in', async () => {
    const table = bolted()
    const keyed = request({ key: 'k-2' })
    const first = await run(sealBolt, { boltId, turns: 1, signature }, keyed, worldOf(table))
    const again = await run(sealBolt, { boltId, turns: 1, signature }, { ...keyed, id: 'req-2' }, worldOf(table))
    expect(first.ok && again.ok && again.answer.body).toEqual(first.ok && first.answer.body)
  })
})
