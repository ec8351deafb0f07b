import { beforeEach, expect, test } from 'vitest'
import { Recall } from '#domain/recall'
import { handler as traceSeeds } from '../../lambdas/genealogy/trace-seeds.ts'
import { handler as cancelOrder } from '../../lambdas/production/cancel-order.ts'
import { handler as closeOrder } from '../../lambdas/production/close-order.ts'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as recordRework } from '../../lambdas/production/record-rework.ts'
import { handler as holdLot } from '../../lambdas/quality/hold-lot.ts'
import { handler as scopeRecall } from '../../lambdas/recall/scope-recall.ts'
import { handler as installUnit } from '../../lambdas/service/install-unit.ts'
import { handler as packLots } from '../../lambdas/warehouse/pack-lots.ts'
import { handler as showMassBalance } from '../../lambdas/warehouse/show-mass-balance.ts'
import { idsOf, lotAt, Works } from './works.ts'

let works: Works
beforeEach(() => {
  works = new Works()
})

const gradeOf = (nodes: ReadonlyMap<string, any>, id: string) => nodes.get(id)?.grade
const placesOf = (nodes: ReadonlyMap<string, any>, id: string) =>
  nodes.get(id).places.map(({ kind, place, quantity }: any) => [kind, place, quantity])
const serialsOf = (count: number, from = 1) => Array.from({ length: count }, (_, n) => `SN-${from + n}`)

test('1 raw lot to customer: resin, tube, pump, carton, hospital in one answer', async () => {
  const [resin, tube, pump] = [works.item(), works.item(), works.item('serial')]
  const raw = await works.bought(resin)
  const [tubes] = await works.made(await works.order(tube, { [raw]: 50 }), 100)
  const [unit] = await works.made(await works.order(pump, { [tubes!]: 1 }), 1, { serials: ['SN-1'] })
  const packId = await works.desk.do(packLots, {
    ...{ number: 'CARTON-1', locationId: works.shelf },
    lines: [{ lotId: unit, quantity: 1, unit: 'each' }],
  })
  const shipmentId = await works.shipped('H-1', {}, { packIds: [packId] })
  await works.delivered(shipmentId)
  const installationId = await works.desk.do(installUnit, {
    ...{ lotId: unit, customerId: works.customer('H-1'), place: 'Ward 3, bed 12' },
  })

  const nodes = await works.trace(raw)
  for (const id of [raw, tubes!, unit!, packId, shipmentId, installationId])
    expect(gradeOf(nodes, id)).toBe('confirmed')
  expect(idsOf(nodes, 'ord_')).toHaveLength(2)
  expect(nodes.get(unit!).path).toHaveLength(5)
  expect(nodes.get(unit!).places).toMatchObject([
    { kind: 'installed', place: installationId, name: 'Ward 3, bed 12', customerId: works.customer('H-1') },
  ])
  const compact = await works.desk.ask(traceSeeds, { seeds: { lotIds: [raw] } })
  expect(compact.complete).toBe(true)
  expect(compact.parties.map(({ partnerId, kind }: any) => [partnerId, kind])).toContainEqual([
    ...[works.customer('H-1'), 'ship'],
  ])
  expect(compact.places).toContainEqual(expect.objectContaining({ kind: 'installed', place: installationId, lots: 1 }))
  expect(idsOf(await works.trace(shipmentId, 'backward'), 'lot_').sort()).toEqual([raw, tubes, unit].sort())
})

test('2 unit map: one suspect among a hundred serials', async () => {
  const [part, pump] = [works.item(), works.item('serial')]
  const good = await works.bought(part)
  const suspect = await works.bought(part)
  const orderId = await works.order(pump, { [good]: 99, [suspect]: 1 })
  const units: string[] = []
  for (let first = 1; first <= 100; first += 10) {
    const serials = serialsOf(10, first)
    const built = serials.map((serial) => ({
      ...{ serial, components: [{ lotId: serial === 'SN-42' ? suspect : good, quantity: 1, unit: 'each' }] },
    }))
    units.push(...(await works.made(orderId, 10, { serials, units: built })))
  }
  const nodes = await works.trace(suspect)
  expect(units.filter((id) => gradeOf(nodes, id) === 'confirmed')).toEqual([units[41]])
  expect(units.filter((id) => gradeOf(nodes, id) === 'possible')).toEqual([])
  expect(nodes.get(units[41]!)).toMatchObject({ rule: 'unit-map', serial: 'SN-42' })
  expect(placesOf(nodes, suspect)).toContainEqual(['consumed', units[41], 1])
  expect(gradeOf(await works.trace(units[0]!, 'backward'), suspect)).not.toBe('confirmed')
})

test('3 three lots of one item in one order: without a map each output is possible, none is dropped', async () => {
  const [part, pump] = [works.item(), works.item()]
  const lots = [await works.bought(part), await works.bought(part), await works.bought(part)]
  const orderId = await works.order(pump, Object.fromEntries(lots.map((id) => [id, 20])))
  const made = [...(await works.made(orderId, 30)), ...(await works.made(orderId, 30))]
  for (const lot of lots) {
    const nodes = await works.trace(lot)
    expect(made.map((id) => gradeOf(nodes, id))).toEqual(['possible', 'possible'])
  }
  expect(idsOf(await works.trace(made[1]!, 'backward'), 'lot_').sort()).toEqual([...lots, made[1]].sort())
})

test('4 co-product and scrap come from the order like its product', async () => {
  const [part, pump, regrind] = [works.item(), works.item(), works.item()]
  const raw = await works.bought(part)
  const coProducts = [{ itemId: regrind, lotNumber: 'R-1', quantity: 3, unit: 'each' }]
  const [pumps, rest] = await works.made(await works.order(pump, { [raw]: 100 }), 95, { scrapped: 5, coProducts })
  const nodes = await works.trace(raw)
  expect([gradeOf(nodes, pumps!), gradeOf(nodes, rest!)]).toEqual(['confirmed', 'confirmed'])
  expect(placesOf(nodes, pumps!)).toEqual(expect.arrayContaining([['scrapped', 'scrapped', 5]]))
  expect(placesOf(nodes, pumps!)).toEqual(expect.arrayContaining([['onHand', works.shelf, 95]]))
})

test('5 the edge keeps the quantity of its own time after later draws', async () => {
  const [part, pump] = [works.item(), works.item()]
  const raw = await works.bought(part, 100)
  const first = await works.order(pump, { [raw]: 30 })
  await works.order(pump, { [raw]: 60 })
  await works.issued(first, { [raw]: 10 })
  const { edges } = (await works.trace(raw)).get(first)
  expect(edges.map(({ kind, quantity }: any) => [kind, quantity])).toEqual([
    ['consume', 30],
    ['consume', 10],
  ])
})

test('6 twenty layers of two parents: a million paths, each node once', async () => {
  const pump = works.item()
  let layer = [await works.bought(pump, 10), await works.bought(pump, 10)]
  const top = layer[0]!
  const edges = () => works.desk.table.edges.length
  for (let depth = 1; depth < 20; depth += 1) {
    const made: string[] = []
    for (let n = 0; n < 2; n += 1) {
      const orderId = await works.order(pump, Object.fromEntries(layer.map((id) => [id, 1])))
      made.push(...(await works.made(orderId, 10)))
    }
    layer = made
  }
  const nodes = await works.trace(top)
  expect(idsOf(nodes, 'lot_')).toHaveLength(1 + 19 * 2)
  expect([...nodes.values()].flatMap((node) => node.edges).length).toBeLessThanOrEqual(edges())
  expect(nodes.get(layer[0]!).path).toHaveLength(2 * 19 + 1)
})

test('7 A > B > A: a pump that goes through rework ends the walk and is reported as a loop', async () => {
  const [battery, pump] = [works.item(), works.item('serial')]
  const [old, fresh] = [await works.bought(battery), await works.bought(battery)]
  const [unit] = await works.made(await works.order(pump, { [old]: 1 }), 1, { serials: ['SN-1'] })
  const rework = await works.order(pump, { [fresh]: 1 })
  const line = { lotId: unit, locationId: works.shelf, quantity: 1, unit: 'each', rework: 'Battery swells' }
  await works.desk.do(issueMaterial, { orderId: rework, lines: [line] })
  const inside = await works.trace(old)
  expect(placesOf(inside, unit!)).toEqual([['inProcess', rework, 1]])
  await works.desk.do(recordRework, {
    ...{ orderId: rework, lotId: unit, locationId: works.shelf, quantity: 1, unit: 'each' },
    components: [{ lotId: fresh, quantity: 1, unit: 'each' }],
  })
  const { loops, loopCount } = await works.desk.ask(traceSeeds, { seeds: { lotIds: [old] } })
  expect(loopCount).toBe(1)
  expect(loops.map((loop: string[]) => [...loop].sort())).toEqual([[unit, rework].sort()])
  expect(gradeOf(await works.trace(fresh), unit!)).toBe('confirmed')
  expect(works.desk.state({ key: 'LOT' }, unit!).status).toBe('quarantine')
})

test('8 a unit returned, reworked and shipped again finds both customers', async () => {
  const [part, pump] = [works.item(), works.item('serial')]
  const raw = await works.bought(part)
  const [unit] = await works.made(await works.order(pump, { [raw]: 1 }), 1, { serials: ['SN-1'] })
  const first = await works.shipped('H-1', { [unit!]: 1 })
  await works.delivered(first)
  await works.returned(first, unit!)
  expect(placesOf(await works.trace(raw), unit!)).toEqual([['returned', works.shelf, 1]])
  await works.released([unit!])
  const second = await works.shipped('H-2', { [unit!]: 1 })
  const nodes = await works.trace(raw)
  expect(idsOf(nodes, 'shp_').sort()).toEqual([first, second].sort())
  expect(nodes.get(unit!).places).toMatchObject([
    { kind: 'inTransit', place: second, customerId: works.customer('H-2') },
  ])
  const { parties } = await works.desk.ask(traceSeeds, { seeds: { lotIds: [raw] } })
  const told = parties.filter(({ kind }: any) => kind === 'ship').map(({ partnerId }: any) => partnerId)
  expect(told.sort()).toEqual([works.customer('H-1'), works.customer('H-2')].sort())
})

test('9 the same event twice changes nothing', async () => {
  const [part, pump] = [works.item(), works.item()]
  const raw = await works.bought(part)
  const orderId = await works.order(pump)
  const event = { orderId, lines: [{ lotId: raw, locationId: works.shelf, quantity: 10, unit: 'each' }] }
  await works.desk.do(issueMaterial, event, { key: 'mes-1' })
  const before = [works.desk.table.edges.length, await works.desk.places(raw)]
  const repeated = await works.desk.try(issueMaterial, event, { key: 'mes-1' })
  expect(repeated).toEqual([])
  expect([works.desk.table.edges.length, await works.desk.places(raw)]).toEqual(before)
})

test('10 a cancelled intermediate order stays walkable', async () => {
  const [part, tube, pump] = [works.item(), works.item(), works.item()]
  const raw = await works.bought(part)
  const middle = await works.order(tube, { [raw]: 10 })
  const [tubes] = await works.made(middle, 10)
  const [pumps] = await works.made(await works.order(pump, { [tubes!]: 5 }), 5)
  await works.desk.do(cancelOrder, { orderId: middle, reason: 'Planned twice' })
  const nodes = await works.trace(raw)
  expect([middle, tubes!, pumps!].map((id) => gradeOf(nodes, id))).toEqual(['confirmed', 'confirmed', 'confirmed'])
  expect(nodes.get(middle).status).toBe('cancelled')
  expect(placesOf(nodes, raw)).toContainEqual(['consumed', middle, 10])
})

test('11 shipped quantity and date are those of the shipment', async () => {
  const pump = works.item()
  const lot = await works.bought(pump, 100)
  const happenedAt = '2026-03-01T17:30:00.000Z'
  const shipmentId = await works.shipped('H-1', { [lot]: 40 }, { happenedAt })
  await works.shipped('H-1', { [lot]: 15 })
  await works.delivered(shipmentId)
  await works.returned(shipmentId, lot, 7)
  expect((await works.trace(lot)).get(shipmentId).edges).toEqual([
    expect.objectContaining({ kind: 'ship', quantity: 40, unit: 'each', at: happenedAt, stated: true }),
  ])
})

test('12 an order of ten thousand serials', async () => {
  const [part, pump] = [works.item(), works.item('serial')]
  const raw = await works.bought(part)
  const orderId = await works.order(pump, { [raw]: 10_000 / 20 }, 10_000)
  const units = Array.from({ length: 10_000 }, (_, n) => lotAt(n))
  works.drew(
    'produce',
    units.map((id) => [orderId, id] as const),
    { quantity: 1, unit: 'each' },
  )
  const { counts, complete, places } = await works.desk.ask(traceSeeds, { seeds: { lotIds: [raw] } })
  expect(counts).toContainEqual({ kind: 'lot', grade: 'confirmed', count: 10_001 })
  expect(complete).toBe(true)
  expect(places).toBeUndefined()
})

test('13 a lot in 1,300 orders', async () => {
  const [part, pump] = [works.item(), works.item()]
  const raw = await works.bought(part, 1300)
  const orders: string[] = []
  for (let n = 0; n < 1300; n += 1) orders.push(await works.order(pump, { [raw]: 1 }))
  const nodes = await works.trace(raw)
  expect(idsOf(nodes, 'ord_').sort()).toEqual(orders.sort())
  expect(nodes.get(raw).places).toHaveLength(1300)
})

test('14 five thousand and one affected means five thousand and one returned', async () => {
  const raw = await works.bought(works.item())
  const lots = Array.from({ length: 5000 }, (_, n) => lotAt(n))
  works.drew(
    'split',
    lots.map((id) => [raw, id] as const),
  )
  const { nodes, pages } = await works.list({ seeds: { lotIds: [raw] } })
  expect(nodes.size).toBe(5001)
  expect(pages).toBe(Math.ceil(5001 / 200))
})

test('15 a hold on what is reserved and what is in transit stops both and loses neither', async () => {
  const [part, pump] = [works.item(), works.item()]
  const raw = await works.bought(part, 100)
  const orderId = await works.order(pump, { [raw]: 40 })
  const shipmentId = await works.shipped('H-1', { [raw]: 25 })
  await works.desk.do(holdLot, { lotId: raw, reason: 'Particles found' })
  const more = { orderId, lines: [{ lotId: raw, locationId: works.shelf, quantity: 1, unit: 'each' }] }
  expect(await works.desk.try(issueMaterial, more)).toBe('lot-held')
  await expect(works.shipped('H-2', { [raw]: 1 })).rejects.toThrow('lot-held')
  const held = (await works.trace(raw)).get(raw)
  expect(held).toMatchObject({ status: 'held' })
  expect(held.places.map(({ kind, quantity }: any) => [kind, quantity]).sort()).toEqual([
    ['inProcess', 40],
    ['inTransit', 25],
    ['onHand', 35],
  ])
  await works.delivered(shipmentId)
  expect(placesOf(await works.trace(raw), raw)).toContainEqual(['delivered', works.customer('H-1'), 25])
})

test('16 the scope of a drill and of a real recall are the same, byte by byte', async () => {
  const [part, pump] = [works.item(), works.item()]
  const raw = await works.bought(part)
  const [pumps] = await works.made(await works.order(pump, { [raw]: 10 }), 10)
  await works.shipped('H-1', { [pumps!]: 4 })
  const scopes: string[] = []
  const scope = {
    pass: async () => undefined,
    nodes: async () => [],
    parties: async () => [],
    write: async (_: string, ...written: unknown[]) => {
      scopes.push(JSON.stringify(written))
      return written.at(-1)
    },
  }
  const freezer = { marked: async () => new Map(), freeze: async () => {}, narrow: async () => {} }
  const scoped = async (drill: boolean) => {
    const recall = { id: Recall.sample(drill ? 1 : 2), ...Recall.like({ drill, seeds: [raw], status: 'frozen' }) }
    const ports = { ...works.desk.ports, scope, freezer } as any
    const { notify: _, ...said } = await scopeRecall.perform!({ recall }, { recallId: recall.id }, ports, {} as any)
    // Whom a real recall tells waits for an approval; what is in scope does not depend on it.
    return said
  }
  expect(await scoped(true)).toEqual(await scoped(false))
  expect(scopes).toHaveLength(2)
  expect(scopes[0]).toBe(scopes[1])
  expect(scopes[0]).toContain('"rule"')
})

test('17 the walk respects time: what left before the suspect material arrived is not touched', async () => {
  const [part, pump] = [works.item(), works.item()]
  const [good, late] = [await works.bought(part), await works.bought(part)]
  const orderId = await works.order(pump)
  await works.issued(orderId, { [good]: 10 }, '2026-03-01T08:00:00.000Z')
  const [before] = await works.made(orderId, 10, { happenedAt: '2026-03-01T09:00:00.000Z' })
  await works.issued(orderId, { [late]: 10 }, '2026-03-01T10:00:00.000Z')
  const [after] = await works.made(orderId, 10, { happenedAt: '2026-03-01T11:00:00.000Z' })
  const nodes = await works.trace(late)
  expect(nodes.get(before!)).toMatchObject({ grade: 'excluded', rule: 'before-arrival' })
  expect(gradeOf(nodes, after!)).toBe('possible')
  expect(gradeOf(await works.trace(before!, 'backward'), late)).not.toBe('confirmed')
  expect(gradeOf(await works.trace(before!, 'backward'), late)).not.toBe('possible')
})

test('18 every lot balances: what was received or made is somewhere now', async () => {
  const [part, pump] = [works.item(), works.item('serial')]
  const raw = await works.bought(part, 100)
  const orderId = await works.order(pump, { [raw]: 50 }, 2)
  const components = [{ lotId: raw, quantity: 20, unit: 'each' }]
  const serials = serialsOf(2)
  const units = serials.map((serial) => ({ serial, components }))
  const made = await works.made(orderId, 2, { serials, units })
  await works.desk.do(closeOrder, { orderId, reason: 'Ten are left in the machine' })
  await works.shipped('H-1', { [raw]: 30, [made[0]!]: 1 })
  expect(await works.desk.ask(showMassBalance, { lotId: raw })).toMatchObject({
    ...{ born: 100, onHand: 20, consumed: 10, passedOn: 40, inTransit: 30, unexplained: 0, balanced: true },
  })
  for (const lotId of made) expect(await works.desk.ask(showMassBalance, { lotId })).toMatchObject({ balanced: true })
})
