import { describe, expect, test } from 'vitest'
import { Bom } from '#domain/bom'
import { Equipment } from '#domain/equipment'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { Site } from '#domain/site'
import { handler as closeOrder } from '../../lambdas/production/close-order.ts'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as planOrder } from '../../lambdas/production/plan-order.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as recordRun } from '../../lambdas/production/record-run.ts'
import { handler as returnMaterial } from '../../lambdas/production/return-material.ts'
import { handler as startOrder } from '../../lambdas/production/start-order.ts'
import { handler as holdLot } from '../../lambdas/quality/hold-lot.ts'
import { handler as inspectLot } from '../../lambdas/quality/inspect-lot.ts'
import { handler as liftHold } from '../../lambdas/quality/lift-hold.ts'
import { handler as rejectLot } from '../../lambdas/quality/reject-lot.ts'
import { handler as releaseLot } from '../../lambdas/quality/release-lot.ts'
import type { Command } from '../../lib/kit/command.ts'
import { run } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const [pump, tube, regrind] = [Item.sample(1), Item.sample(2), Item.sample(3)]
const shelf = Location.sample()

/** The records that production begins with: an item with its BOM, and a released lot of its one component. */
function factory(pumpChanges: Parameters<typeof Item.like>[0] = {}) {
  const table = new MemoryTable()
  const sizes: number[] = []
  const transact = table.transact.bind(table)
  table.transact = (writes: readonly Write[]) => {
    sizes.push(writes.length)
    return transact(writes)
  }
  table.given(Site, { id: Site.sample(), ...Site.like() })
  table.given(Location, { id: shelf, ...Location.like() })
  table.given(Equipment, { id: Equipment.sample(), ...Equipment.like() })
  table.given(Bom, {
    id: Bom.sample(),
    ...Bom.like({ itemId: pump, lines: [{ itemId: tube, quantity: 2, unit: 'each' }] }),
  })
  table.given(Item, { id: pump, ...Item.like({ bomId: Bom.sample(), shelfLifeDays: 30, ...pumpChanges }) })
  table.given(Item, { id: tube, ...Item.like({ code: 'TUBE' }) })
  table.given(Item, { id: regrind, ...Item.like({ code: 'REGRIND', unit: 'kg' }) })
  table.given(Lot, { id: Lot.sample(), ...Lot.like({ itemId: tube, quantity: 500 }) })
  table.givenStock(Lot.sample(), tube, shelf, 500)
  const world = worldOf(table)
  /** Ids of what the command brought forth or changed, by type of fact. */
  const act = async (spec: Command, when: object, sub = 'usr-maker', key?: string) => {
    const request = { command: 'test', id: 'req-1', actor: exampleActor(spec.roles, { sub }), key }
    const result = await run(spec, spec.input.parse(when), request, world)
    if (!result.ok) throw new Error(`${result.refusal.refusal} ${JSON.stringify(result.refusal.details)}`)
    return result.ledger
  }
  const state = (entity: { key: string }, id: string) => table.items.get(`${entity.key}#${id}`).data
  const places = async (lotId: string) =>
    Object.fromEntries((await table.balances(lotId)).map(({ place, quantity }) => [place, quantity]))
  return { table, sizes, act, state, places }
}

async function startedOrder({ act }: ReturnType<typeof factory>, quantity = 100) {
  const plan = { number: 'PO-1', siteId: Site.sample(), itemId: pump, quantity, unit: 'each', due: '2099-12-31' }
  const [planned] = await act(planOrder, plan)
  const orderId = planned!.entityId
  await act(startOrder, { orderId })
  return orderId
}

test('an order from its plan to its end, with every quantity accounted for', async () => {
  const made = factory({ processChanges: [{ processChangeId: 'pch_1', from: '2026-01-01T00:00:00.000Z' }] })
  const { act, table, state, places } = made
  const orderId = await startedOrder(made)
  expect(state(Order, orderId)).toMatchObject({ bomId: Bom.sample(), status: 'started', processChanges: ['pch_1'] })

  const line = { lotId: Lot.sample(), locationId: shelf, unit: 'each' }
  await act(issueMaterial, { orderId, lines: [{ ...line, quantity: 210 }] })
  const interval = { from: '2026-03-01T08:00:00Z', until: '2026-03-01T09:30:00Z' }
  await act(recordRun, { orderId, equipmentId: Equipment.sample(), ...interval })
  const facts = await act(recordOutput, {
    ...{ orderId, locationId: shelf, lotNumber: 'P-1', quantity: 97, scrapped: 3, unit: 'each' },
    coProducts: [{ itemId: regrind, lotNumber: 'R-1', quantity: 0.3, unit: 'kg' }],
  })
  await act(returnMaterial, { orderId, lines: [{ ...line, quantity: 10 }] })
  await act(closeOrder, { orderId, reason: 'Three pumps leaked' })

  const [pumps, rest] = facts.map(({ entityId }) => entityId)
  expect(state(Order, orderId)).toMatchObject({
    ...{ status: 'closed', produced: 97, scrapped: 3 },
    issued: [{ itemId: tube, quantity: 200 }],
  })
  expect(state(Lot, pumps!)).toMatchObject({
    ...{ itemId: pump, number: 'P-1', quantity: 100, status: 'quarantine', orderId },
    ...{ expires: '2026-04-01', bornBy: 'usr-maker', bornAt: '2026-03-02T08:00:00.000Z' },
  })
  expect(state(Lot, rest!)).toMatchObject({ itemId: regrind, quantity: 0.3, unit: 'kg', status: 'quarantine' })
  expect(await places(pumps!)).toEqual({ [shelf]: 97, scrapped: 3 })
  expect(await places(rest!)).toEqual({ [shelf]: 0.3 })
  expect(await places(Lot.sample())).toEqual({ [shelf]: 300, [orderId]: 200 })
  expect(table.edges.map(({ kind, from, to, quantity }) => [kind, from, to, quantity])).toEqual([
    ['change', 'pch_1', orderId, undefined],
    ['consume', Lot.sample(), orderId, 210],
    ['run', Equipment.sample(), orderId, undefined],
    ['produce', orderId, pumps, 100],
    ['produce', orderId, rest, 0.3],
    ['withdraw', orderId, Lot.sample(), 10],
  ])
  const [, , ran] = table.edges
  expect(ran).toMatchObject({ at: '2026-03-01T08:00:00.000Z', until: '2026-03-01T09:30:00.000Z' })
})

test('an order without overproduction takes its plan in parts, to the last piece', async () => {
  const made = factory()
  const orderId = await startedOrder(made, 10)
  const output = { orderId, locationId: shelf, unit: 'each' }
  await made.act(recordOutput, { ...output, lotNumber: 'P-1', quantity: 4 })
  await expect(made.act(recordOutput, { ...output, lotNumber: 'P-2', quantity: 7 })).rejects.toThrow('output-over-plan')
  await made.act(recordOutput, { ...output, lotNumber: 'P-2', quantity: 6 })
  expect(made.state(Order, orderId)).toMatchObject({ produced: 10 })
})

test('two outputs cannot be one lot, but units of one lot come in as many outputs as it takes', async () => {
  const made = factory()
  const orderId = await startedOrder(made)
  const output = { orderId, locationId: shelf, lotNumber: 'P-1', unit: 'each' }
  await made.act(recordOutput, { ...output, quantity: 1 })
  await expect(made.act(recordOutput, { ...output, quantity: 1 })).rejects.toThrow('already-exists')

  const units = factory({ tracking: 'serial' })
  const other = { ...output, orderId: await startedOrder(units) }
  await units.act(recordOutput, { ...other, quantity: 2, serials: ['SN-1', 'SN-2'] })
  await units.act(recordOutput, { ...other, quantity: 1, serials: ['SN-3'] })
  await expect(units.act(recordOutput, { ...other, quantity: 1, serials: ['SN-2'] })).rejects.toThrow('already-exists')
  const serials = (await units.table.list('group', Lot, pump)).items.map(({ data }) => [data.number, data.serial])
  expect(serials).toEqual([
    ['P-1', 'SN-1'],
    ['P-1', 'SN-2'],
    ['P-1', 'SN-3'],
  ])
})

describe('the longest lists fit one transaction', () => {
  test('of output, also when every unit is born frozen', async () => {
    const made = factory({ tracking: 'serial' })
    const orderId = await startedOrder(made)
    made.table.epoch = 1
    made.table.mark('rec_1', [orderId], 1)
    const mould = Item.sample(4)
    made.table.given(Item, { id: mould, ...Item.like({ code: 'SPRUE', unit: 'kg' }) })
    const serials = Array.from({ length: 15 }, (_, n) => `SN-${n}`)
    const coProducts = [regrind, mould].map((itemId) => ({ itemId, lotNumber: 'R-1', quantity: 1, unit: 'kg' }))
    const output = { orderId, locationId: shelf, lotNumber: 'P-1', quantity: 15, unit: 'each', serials, coProducts }
    await made.act(recordOutput, output, 'usr-maker', 'key-1')
    expect(made.sizes.at(-1)).toBeLessThanOrEqual(100)
    expect(made.sizes.at(-1)).toBeGreaterThan(70)
  })

  test('of material issued and returned', async () => {
    const made = factory()
    const orderId = await startedOrder(made)
    const lines = Array.from({ length: 20 }, (_, n) => {
      const [lotId, locationId, itemId] = [Lot.sample(n + 10), Location.sample(n + 10), Item.sample(n + 10)]
      made.table.given(Item, { id: itemId, ...Item.like({ code: `PART-${n}` }) })
      made.table.given(Lot, { id: lotId, ...Lot.like({ itemId, number: `L-${n}` }) })
      made.table.given(Location, { id: locationId, ...Location.like({ code: `S-${n}` }) })
      made.table.givenStock(lotId, itemId, locationId, 100)
      return { lotId, locationId, quantity: 1, unit: 'each' }
    })
    const deviating = lines.map((line) => ({ ...line, deviation: 'Trial run 26-01' }))
    await made.act(issueMaterial, { orderId, lines: deviating }, 'usr-maker', 'key-1')
    await made.act(returnMaterial, { orderId, lines: lines.slice(0, 15) }, 'usr-maker', 'key-2')
    for (const size of made.sizes) expect(size).toBeLessThanOrEqual(100)
  })
})

describe('the status of a lot', () => {
  const lotId = Lot.sample()
  const reason = 'Particles found'
  const results = (passed: boolean) => [{ characteristic: 'Seal', found: passed ? 'tight' : 'leaks', passed }]

  test('comes back when its hold is lifted', async () => {
    const { act, state } = factory()
    await act(holdLot, { lotId, reason })
    expect(state(Lot, lotId)).toMatchObject({ status: 'held', heldFrom: 'released', hold: reason })
    await act(liftHold, { lotId, reason: 'False alarm' })
    expect(state(Lot, lotId)).toMatchObject({ status: 'released' })
    expect(state(Lot, lotId).hold).toBeUndefined()
  })

  test('stays rejected, with its hold ended', async () => {
    const { act, state } = factory()
    await act(holdLot, { lotId, reason })
    await act(rejectLot, { lotId, reason })
    expect(state(Lot, lotId)).toMatchObject({ status: 'rejected' })
    expect(state(Lot, lotId).hold).toBeUndefined()
    await expect(act(releaseLot, { lotId })).rejects.toThrow('lot-not-in-quarantine')
  })

  test('becomes released by its last inspection and by another person than its maker', async () => {
    const made = factory()
    const orderId = await startedOrder(made)
    const output = { orderId, locationId: shelf, lotNumber: 'P-1', quantity: 10, unit: 'each' }
    const [produced] = await made.act(recordOutput, output)
    const born = { lotId: produced!.entityId }
    const sample = { quantity: 2, unit: 'each', locationId: shelf }
    await expect(made.act(releaseLot, born, 'usr-quality')).rejects.toThrow('lot-uninspected')
    await made.act(inspectLot, { ...born, results: [...results(true), ...results(false)], sample }, 'usr-quality')
    await expect(made.act(releaseLot, born, 'usr-quality')).rejects.toThrow('"note":"Seal: leaks"')
    await made.act(inspectLot, { ...born, results: results(true) }, 'usr-quality')
    await expect(made.act(releaseLot, born, 'usr-maker')).rejects.toThrow('released-by-its-maker')
    await made.act(releaseLot, born, 'usr-quality')
    expect(made.state(Lot, born.lotId)).toMatchObject({ status: 'released', quantity: 10 })
    expect(await made.places(born.lotId)).toEqual({ [shelf]: 8, sampled: 2 })
  })
})
