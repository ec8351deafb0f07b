import { beforeEach, describe, expect, test } from 'vitest'
import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Equipment } from '#domain/equipment'
import { Exposure } from '#domain/exposure'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { handler as listTraced } from '../../lambdas/genealogy/list-traced.ts'
import { handler as traceNode } from '../../lambdas/genealogy/trace-node.ts'
import { handler as traceSeeds } from '../../lambdas/genealogy/trace-seeds.ts'
import { handler as recordProcessChange } from '../../lambdas/master/record-process-change.ts'
import { handler as recordRepair } from '../../lambdas/master/record-repair.ts'
import { handler as recordRun } from '../../lambdas/production/record-run.ts'
import { handler as openPack } from '../../lambdas/warehouse/open-pack.ts'
import { handler as packLots } from '../../lambdas/warehouse/pack-lots.ts'
import { ForeignCursor } from '../../lib/kit/table.ts'
import { idsOf, lotAt, Works } from './works.ts'

let works: Works
beforeEach(() => {
  works = new Works()
})

const equipmentId = Equipment.sample(90_000)
const machine = () => works.desk.table.given(Equipment, { id: equipmentId, ...Equipment.like() })
const hour = (n: number) => `2026-03-01T${String(n).padStart(2, '0')}:00:00.000Z`
/** Orders on which the machine ran from one hour to the next, and what they made. */
async function ranAt(...hours: number[]) {
  machine()
  const made: { orderId: string; lotId: string }[] = []
  for (const from of hours) {
    const orderId = await works.order(works.item())
    await works.desk.do(recordRun, { orderId, equipmentId, from: hour(from), until: hour(from + 1) })
    made.push({ orderId, lotId: (await works.made(orderId, 10))[0]! })
  }
  return made
}
const rules = (spec: typeof traceSeeds, input: object) => {
  const parsed = spec.input.safeParse(input)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
}

describe('a trace begins at', () => {
  test('a machine in an interval, and touches what it worked on then', async () => {
    const [early, hot, late] = await ranAt(6, 8, 10)
    const interval = { equipmentId, from: '2026-03-01T08:30:00.000Z', until: '2026-03-01T08:45:00.000Z' }
    const { nodes } = await works.list({ seeds: { equipmentIntervals: [interval] } })
    expect(idsOf(nodes, 'lot_')).toEqual([hot!.lotId])
    for (const { orderId } of [early!, late!]) expect(nodes.get(orderId)).toMatchObject({ rule: 'outside-window' })
    const all = await works.list({ seeds: { equipmentIds: [equipmentId] } })
    expect(idsOf(all.nodes, 'lot_').sort()).toEqual([early!, hot!, late!].map(({ lotId }) => lotId).sort())
  })

  test('a machine while its sensor was out of range or silent, as was written down when readings came', async () => {
    const [cool, hot, unheard, late] = await ranAt(2, 6, 10, 14)
    const at = (n: number) => Date.parse(hour(n)) / 1000
    const deviceId = Device.sample(90_001)
    const heard = {
      temperatureC: [
        [at(0), at(11)],
        [at(13), at(20)],
      ] as [number, number][],
    }
    works.desk.table.given(DeviceStatus, { id: deviceId, ...DeviceStatus.like({ heard }) })
    const exposure = Exposure.like({ deviceId, start: '2026-03-01T06:20:00.000Z', end: '2026-03-01T06:50:00.000Z' })
    works.desk.table.given(Exposure, { id: Exposure.sample(90_002), ...exposure })
    const condition = { equipmentId, deviceId, metric: 'temperatureC', max: 8, from: hour(0), until: hour(20) }
    const { nodes } = await works.list({ seeds: { conditions: [condition] } })
    expect(idsOf(nodes, 'lot_').sort()).toEqual([hot!.lotId, unheard!.lotId].sort())
    for (const { orderId } of [cool!, late!]) expect(nodes.get(orderId)).toMatchObject({ rule: 'outside-window' })
    // Nobody watched whether it was above 5.
    const narrower = { seeds: { conditions: [{ ...condition, max: 5 }] } }
    expect(await works.desk.ask(traceSeeds, narrower)).toBe('input-invalid')
    // At 9.5 it was not above 10, and there was no gap before eleven.
    const never = { seeds: { conditions: [{ ...condition, max: 10, until: hour(10) }] } }
    expect(await works.desk.ask(traceSeeds, never)).toBe('input-invalid')
  })

  test('a repair part, and touches what its machine worked on afterwards', async () => {
    const [before, after] = await ranAt(6, 10)
    const seal = await works.bought(works.item())
    const part = { lotId: seal, quantity: 1, unit: 'each', locationId: works.shelf }
    await works.desk.do(recordRepair, { equipmentId, repairedAt: hour(9), description: 'New seal', parts: [part] })
    const nodes = await works.trace(seal)
    expect(idsOf(nodes, 'lot_').sort()).toEqual([seal, after!.lotId].sort())
    expect(nodes.get(before!.orderId)).toMatchObject({ grade: 'excluded', rule: 'before-arrival' })
    expect(nodes.get(seal).places).toContainEqual(expect.objectContaining({ kind: 'installed', place: equipmentId }))
  })

  test('a process change, a supplier lot and a pack, all at once', async () => {
    const [bound, other] = [await works.bought(works.item()), await works.bought(works.item())]
    const packed = await works.bought(works.item())
    const change = { number: 'PC-1', title: 'New seal', reason: 'Fewer leaks', from: hour(1), lotIds: [bound] }
    const processChangeId = await works.desk.do(recordProcessChange, change)
    const lines = [{ lotId: packed, quantity: 1, unit: 'each' }]
    const packId = await works.desk.do(packLots, { number: 'CARTON-1', locationId: works.shelf, lines })
    await works.desk.do(openPack, { packId })
    const supplierLot = works.desk.state(Lot, other).supplierLot
    const seeds = {
      ...{ processChangeIds: [processChangeId], packIds: [packId] },
      supplierLots: [{ supplierId: works.supplierId, supplierLot }],
    }
    const { nodes } = await works.list({ seeds })
    expect(idsOf(nodes, 'lot_').sort()).toEqual([bound, other, packed].sort())
    expect(nodes.get(packed)).toMatchObject({ grade: 'confirmed', rule: 'in-pack' })
  })

  test('several things, without going through what a person ruled out', async () => {
    const [raw, other] = [await works.bought(works.item()), await works.bought(works.item())]
    const ruledOut = await works.order(works.item(), { [raw]: 1 })
    const made = (await works.made(ruledOut, 1))[0]!
    const seeds = { lotIds: [raw, other] }
    const { nodes } = await works.list({ seeds, exclude: [ruledOut] })
    expect(nodes.get(ruledOut)).toMatchObject({ grade: 'excluded', rule: 'excluded-by-person' })
    expect(idsOf(nodes, 'lot_').sort()).toEqual([raw, other].sort())
    expect((await works.list({ seeds })).nodes.has(made)).toBe(true)
  })

  test('a time: only what was recorded by then is in the answer', async () => {
    const raw = await works.bought(works.item())
    await works.order(works.item(), { [raw]: 1 })
    const { nodes } = await works.list({ seeds: { lotIds: [raw] }, asOf: hour(12) })
    expect([...nodes.keys()]).toEqual([raw])
  })
})

describe('a trace refuses', () => {
  test('what does not exist', async () => {
    expect(await works.desk.ask(traceNode, { nodeId: Lot.sample(77_777) })).toBe('entity-unknown')
    expect(await works.desk.ask(traceSeeds, { seeds: { lotIds: [Lot.sample(77_777)] } })).toBe('entity-unknown')
    const raw = await works.bought(works.item())
    const seeds = { lotIds: [raw] }
    expect(await works.desk.ask(traceSeeds, { seeds, exclude: [Order.sample(77_777)] })).toBe('entity-unknown')
    const unknown = { supplierId: works.supplierId, supplierLot: 'never seen' }
    expect(await works.desk.ask(traceSeeds, { seeds: { supplierLots: [unknown] } })).toBe('entity-unknown')
  })

  test('a seed of the wrong kind, an interval that ends before it begins, and nothing at all', () => {
    expect(rules(traceNode, { nodeId: works.item() })).toEqual([
      expect.stringMatching(/^nodeId must be the id of a lot/),
    ])
    expect(rules(traceSeeds, { seeds: { lotIds: [Order.sample()] } })).toEqual([
      'seeds.lotIds.0 must be a lot id (lot_...)',
    ])
    const interval = { equipmentId, from: hour(9), until: hour(8) }
    expect(rules(traceSeeds, { seeds: { equipmentIntervals: [interval] } })).toEqual([
      'seeds.equipmentIntervals.0 must end after it began',
    ])
    expect(rules(traceSeeds, { seeds: {} })).toEqual(['seeds must name at least one thing'])
  })

  test('a cursor of another trace', async () => {
    const [raw, other] = [await works.bought(works.item()), await works.bought(works.item())]
    works.drew(
      'split',
      Array.from({ length: 300 }, (_, n) => [raw, lotAt(n)] as const),
    )
    const { next } = await works.desk.ask(listTraced, { seeds: { lotIds: [raw] } })
    expect(next).toBeDefined()
    await expect(works.desk.ask(listTraced, { seeds: { lotIds: [other] }, cursor: next })).rejects.toThrow(
      ForeignCursor,
    )
  })
})
