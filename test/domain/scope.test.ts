import { describe, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { Recall } from '#domain/recall'
import { Shipment } from '#domain/shipment'
import { SupplierLot } from '#domain/supplier-lot'
import { traceScope } from '#genealogy'
import type { Ports, StoredEdge } from '#kit'
import { handler as freezeRecall } from '../../lambdas/recall/freeze-recall.ts'
import { traceIn } from '../../lib/genealogy/answer.ts'
import { viewOf } from '../../lib/genealogy/view.ts'
import { exampleActor, MemoryTable } from '../kit/memory.ts'

const at = '2026-03-01T08:00:00.000Z'
const [supplier, customer, other] = ['ptr_supplier', 'ptr_customer', 'ptr_other']
const [cells, pump, elsewhere] = [Lot.sample(1), Lot.sample(2), Lot.sample(3)]
// Numbers are unique among all nodes.
const delivered = SupplierLot.sample(11)
const [order, shipment] = [Order.sample(21), Shipment.sample(31)]
const recorded = { recordedAt: at, fact: { entityId: cells, version: 1 } }
const edges: StoredEdge[] = [
  { ...recorded, kind: 'receive', from: delivered, to: cells, at, party: supplier, quantity: 10, unit: 'each' },
  {
    ...recorded,
    kind: 'receive',
    from: SupplierLot.sample(12),
    to: elsewhere,
    at,
    party: other,
    quantity: 5,
    unit: 'each',
  },
  { ...recorded, kind: 'consume', from: cells, to: order, at },
  { ...recorded, kind: 'consume', from: elsewhere, to: order, at },
  { ...recorded, kind: 'produce', from: order, to: pump, at },
  { ...recorded, kind: 'ship', from: pump, to: shipment, at, party: customer, quantity: 1, unit: 'each' },
]
const table = new MemoryTable()
for (const [id, serial] of [
  [cells, undefined],
  [pump, 'SN-1'],
  [elsewhere, undefined],
] as const)
  table.given(Lot, { ...Lot.like({ serial }), id })
const genealogy = { trace: (request) => traceIn(viewOf(edges), request) } as Ports['genealogy']
const scopeFrom = (seed: string, exclude: readonly string[] = []) =>
  traceScope({ seeds: [seed], exclude, openedAt: at }, { genealogy, table })

describe('the scope of a recall', () => {
  test.each([
    ['a supplier lot', delivered],
    ['the lot that was received', cells],
  ])('from %s tells its supplier and the customers, nobody else', async (_, seed) => {
    const { parties, counts } = await scopeFrom(seed)
    expect(parties.map(({ partnerId, role }) => [partnerId, role]).sort()).toEqual([
      [customer, 'customer'],
      [supplier, 'supplier'],
    ])
    expect(counts).toEqual({ lots: 1, units: 1, customers: 1, suppliers: 1 })
  })

  test('from an order does not accuse those who delivered its other material', async () => {
    expect((await scopeFrom(order)).parties.map(({ partnerId }) => partnerId)).toEqual([customer])
  })

  test('does not enter what a person excluded', async () => {
    const scope = await scopeFrom(cells, [pump])
    expect(scope.nodes.map(({ id }) => id)).not.toContain(pump)
    expect(scope.parties.map(({ partnerId }) => partnerId)).toEqual([supplier])
  })

  test('has the same fingerprint each time it is traced', async () => {
    expect((await scopeFrom(cells)).fingerprint).toBe((await scopeFrom(cells)).fingerprint)
    expect((await scopeFrom(cells)).fingerprint).not.toBe((await scopeFrom(delivered)).fingerprint)
  })
})

describe('a freeze', () => {
  test('of a case that was closed freezes nothing again, whichever machine runs late', async () => {
    const recallId = Recall.sample()
    const counts = { lots: 1, units: 1, customers: 1, suppliers: 1 }
    const recall = { ...Recall.like({ status: 'closed', shards: 1, counts, fingerprint: 'f00d' }), id: recallId }
    const context = { now: at, actor: exampleActor([]), newId: () => '' }
    // Without ports, whatever it would freeze fails.
    const performed = await freezeRecall.perform!({ recall }, { recallId }, {} as Ports, context)
    expect(freezeRecall.decide({ recall }, { recallId }, context, performed)).toEqual([])
  })
})
