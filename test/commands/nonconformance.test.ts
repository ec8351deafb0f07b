import { expect, test } from 'vitest'
import { handler as receiveGoods } from '../../lambdas/procurement/receive-goods.ts'
import { handler as disposeNonconformance } from '../../lambdas/quality/dispose-nonconformance.ts'
import { handler as holdLot } from '../../lambdas/quality/hold-lot.ts'
import { handler as liftHold } from '../../lambdas/quality/lift-hold.ts'
import { handler as recordComplaint } from '../../lambdas/quality/record-complaint.ts'
import { handler as recordNonconformance } from '../../lambdas/quality/record-nonconformance.ts'
import { Item } from '../../lib/domain/item.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { Works } from './works.ts'

const finding = { title: 'Seal strength below limit', description: 'Three of ten opened', foundAt: 'inspection' }

async function suspectLot() {
  const works = new Works()
  const lotId = await works.bought(works.item())
  const about = () => works.desk.do(recordNonconformance, { ...finding, lotIds: [lotId] })
  const decide = (nonconformanceId: string, decision: string) =>
    works.desk.do(
      disposeNonconformance,
      { nonconformanceId, decision, reason: 'Judged by quality' },
      { sub: 'usr-two' },
    )
  return { works, lotId, about, decide, lot: () => works.desk.state(Lot, lotId) }
}

test('a lot is free when the last of its nonconformances is disposed of', async () => {
  const { about, decide, lot } = await suspectLot()
  const [first, second] = [await about(), await about()]
  expect(lot()).toMatchObject({ status: 'held', heldFrom: 'released', nonconformanceIds: [first, second] })
  await decide(first, 'use-as-is')
  expect(lot()).toMatchObject({ status: 'held', nonconformanceIds: [second] })
  await decide(second, 'use-as-is')
  expect(lot()).toMatchObject({ status: 'released' })
  expect(lot().nonconformanceIds).toBeUndefined()
})

test('what a person holds stays held, whatever becomes of the nonconformance', async () => {
  const { works, lotId, about, decide, lot } = await suspectLot()
  await works.desk.do(holdLot, { lotId, reason: 'Particles found' })
  await decide(await about(), 'use-as-is')
  expect(lot()).toMatchObject({ status: 'held', hold: 'Particles found' })
  await works.desk.do(liftHold, { lotId, reason: 'From the sampling tool' })
  expect(lot().status).toBe('released')
})

test('what is reworked waits in quarantine; what is scrapped is barred, and no later decision frees it', async () => {
  const reworked = await suspectLot()
  await reworked.decide(await reworked.about(), 'rework')
  expect(reworked.lot()).toMatchObject({ status: 'quarantine', inspections: [] })
  const scrapped = await suspectLot()
  const [first, second] = [await scrapped.about(), await scrapped.about()]
  await scrapped.decide(first, 'scrap')
  await scrapped.decide(second, 'use-as-is')
  expect(scrapped.lot().status).toBe('rejected')
})

test('a scanned label leads to the lot of our records', async () => {
  const works = new Works()
  const itemId = works.item()
  works.desk.table.given(Item, { id: itemId, ...Item.like({ gtin: '09506000117843' }) })
  works.desk.table.items.set('KEY#ITEM#gtin#09506000117843', itemId)
  const lines = [{ itemId, number: '1234AB', supplierLot: 'S 1', quantity: 10, unit: 'each' }]
  const received = { supplierId: works.supplierId, locationId: works.shelf, lines }
  const lotId = await works.desk.do(receiveGoods, received)
  const told = { reporter: 'Ward 3', event: 'It leaks', harm: 'no', udi: '(01)09506000117843(17)291231(10)1234AB' }
  const [complaint] = (await works.desk.try(recordComplaint, told)) as any[]
  expect(complaint.data).toMatchObject({ itemId, lotId, lotNumber: '1234AB' })
})
