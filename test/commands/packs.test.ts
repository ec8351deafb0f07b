import { beforeEach, describe, expect, test } from 'vitest'
import { handler as shipGoods } from '../../lambdas/logistics/ship-goods.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as returnMaterial } from '../../lambdas/production/return-material.ts'
import { handler as destroyGoods } from '../../lambdas/quality/destroy-goods.ts'
import { handler as installUnit } from '../../lambdas/service/install-unit.ts'
import { handler as uninstallUnit } from '../../lambdas/service/uninstall-unit.ts'
import { handler as openPack } from '../../lambdas/warehouse/open-pack.ts'
import { handler as packLots } from '../../lambdas/warehouse/pack-lots.ts'
import { handler as showMassBalance } from '../../lambdas/warehouse/show-mass-balance.ts'
import { Works } from './works.ts'

let works: Works
beforeEach(() => {
  works = new Works()
})

const packed = (number: string, lots: readonly string[], packIds: readonly string[] = []) =>
  works.desk.do(packLots, {
    ...{ number, locationId: works.shelf, packIds },
    lines: lots.map((lotId) => ({ lotId, quantity: 1, unit: 'each' })),
  })
const stateOf = (packId: string) => works.desk.state({ key: 'PACK' }, packId)
const edgesOf = (kind: string) => works.desk.table.edges.filter((edge) => edge.kind === kind)

describe('packs', () => {
  test('a pallet ships what is in its cartons, and nothing ships out of the middle of it', async () => {
    const lots = [await works.bought(works.item()), await works.bought(works.item()), await works.bought(works.item())]
    const carton = await packed('CARTON-1', lots.slice(0, 2))
    const pallet = await packed('PALLET-1', lots.slice(2), [carton])
    expect(stateOf(carton)).toMatchObject({ status: 'inside', outerId: pallet })
    expect(await works.desk.places(lots[0]!)).toMatchObject({ [carton]: 1 })
    await expect(works.shipped('H-1', {}, { packIds: [carton] })).rejects.toThrow('pack-not-closed')
    const shipmentId = await works.shipped('H-1', {}, { packIds: [pallet] })
    for (const lot of lots) expect(await works.desk.places(lot)).toMatchObject({ [shipmentId]: 1 })
    expect(stateOf(pallet)).toMatchObject({ status: 'shipped', shipmentId })
    expect(
      edgesOf('ship')
        .map(({ from }) => from)
        .sort(),
    ).toEqual([...lots].sort())
  })

  test('what was taken out of a pack does not leave with it, and is not where its stock is not', async () => {
    const lots = [await works.bought(works.item()), await works.bought(works.item())]
    const carton = await packed('CARTON-1', lots)
    const pallet = await packed('PALLET-1', [], [carton])
    await works.desk.do(openPack, { packId: pallet })
    expect(stateOf(carton)).toMatchObject({ status: 'closed' })
    expect(stateOf(carton).outerId).toBeUndefined()
    await works.desk.do(openPack, { packId: carton })
    for (const lot of lots) expect(await works.desk.places(lot)).toEqual({ [works.shelf]: 1000 })
    const ended = edgesOf('pack').filter(({ until }) => until)
    expect(ended.map(({ from, to }) => [from, to])).toEqual([
      [carton, pallet],
      [lots[0], carton],
      [lots[1], carton],
    ])
    const again = await packed('CARTON-2', [lots[1]!])
    await works.shipped('H-1', {}, { packIds: [again] })
    expect(edgesOf('ship').map(({ from }) => from)).toEqual([lots[1]])
  })

  test('a held lot holds its pack', async () => {
    const lot = await works.bought(works.item())
    const carton = await packed('CARTON-1', [lot])
    works.desk.table.items.get(`LOT#${lot}`).data.status = 'held'
    await expect(works.shipped('H-1', {}, { packIds: [carton] })).rejects.toThrow('lot-held')
  })

  test('the longest lists fit one transaction', async () => {
    const many = async (count: number) => Promise.all(Array.from({ length: count }, () => works.bought(works.item())))
    const inner = await Promise.all((await many(10)).map((lot, n) => packed(`C-${n}`, [lot])))
    const more = (await many(10)).map((lotId) => ({ lotId, quantity: 1, unit: 'each' }))
    const big = { number: 'P-1', sscc: '095201234567891235', locationId: works.shelf, lines: more, packIds: inner }
    const pallet = await works.desk.do(packLots, big, { key: 'pack' })
    await works.desk.do(openPack, { packId: pallet }, { key: 'open' })
    const loose = (await many(15)).map((lotId) => ({ lotId, locationId: works.shelf, quantity: 1, unit: 'each' }))
    const shipment = { number: 'SH-1', customerId: works.customer('H-1'), lines: loose, packIds: inner.slice(0, 5) }
    await works.desk.do(shipGoods, shipment, { key: 'ship' })
    for (const size of works.desk.sizes) expect(size).toBeLessThanOrEqual(100)
    expect(Math.max(...works.desk.sizes)).toBeGreaterThan(70)
  })
})

describe('the unit map', () => {
  test('takes components to their unit: they cannot come back from the order', async () => {
    const [part, pump] = [works.item(), works.item('serial')]
    const raw = await works.bought(part)
    const orderId = await works.order(pump, { [raw]: 3 })
    const units = [{ serial: 'SN-1', components: [{ lotId: raw, quantity: 2, unit: 'each' }] }]
    const [unit] = await works.made(orderId, 1, { serials: ['SN-1'], units })
    expect(await works.desk.places(raw)).toMatchObject({ [orderId]: 1, [unit!]: 2 })
    const back = (quantity: number) => ({
      orderId,
      lines: [{ lotId: raw, locationId: works.shelf, quantity, unit: 'each' }],
    })
    expect(await works.desk.try(returnMaterial, back(2))).toBe('stock-short')
    await works.desk.do(returnMaterial, back(1))
    expect(edgesOf('assemble')).toMatchObject([{ from: raw, to: unit, itemId: part, quantity: 2, unit: 'each' }])
    expect(edgesOf('withdraw')).toMatchObject([{ from: orderId, to: raw, itemId: part, quantity: 1 }])
  })

  test('of the most units and components fits one transaction; more is not taken', async () => {
    const [part, pump] = [works.item(), works.item('serial')]
    const lots = await Promise.all(Array.from({ length: 6 }, () => works.bought(part)))
    const orderId = await works.order(pump, Object.fromEntries(lots.map((lot) => [lot, 10])))
    const components = lots.map((lotId) => ({ lotId, quantity: 1, unit: 'each' }))
    const output = (count: number) => {
      const serials = Array.from({ length: count }, (_, n) => `SN-${n}`)
      const units = serials.map((serial) => ({ serial, components }))
      return { orderId, locationId: works.shelf, lotNumber: 'P-1', quantity: count, unit: 'each', serials, units }
    }
    expect(recordOutput.input.safeParse(output(8)).success).toBe(false)
    await works.desk.do(recordOutput, output(7), { key: 'most' })
    expect(works.desk.sizes.at(-1)).toBeLessThanOrEqual(100)
  })
})

test('a unit in use is at its place, then with the customer, then destroyed there; its balance holds throughout', async () => {
  const [part, pump] = [works.item(), works.item('serial')]
  const orderId = await works.order(pump, { [await works.bought(part)]: 1 })
  const [lotId] = await works.made(orderId, 1, { serials: ['SN-1'] })
  await works.delivered(await works.shipped('H-1', { [lotId!]: 1 }))
  const customerId = works.customer('H-1')
  const happenedAt = '2026-03-01T09:00:00.000Z'
  const installationId = await works.desk.do(installUnit, { lotId, customerId, place: 'Ward 3', happenedAt })
  expect(await works.desk.ask(showMassBalance, { lotId })).toMatchObject({ installed: 1, balanced: true })
  const destruction = { lotId, quantity: 1, unit: 'each', reason: 'Recalled', method: 'Shredded', witness: 'TUV' }
  expect(await works.desk.try(destroyGoods, { ...destruction, customerId })).toBe('stock-short')
  await works.desk.do(uninstallUnit, { installationId, reason: 'Recalled' })
  await works.desk.do(destroyGoods, { ...destruction, customerId })
  expect(await works.desk.ask(showMassBalance, { lotId })).toMatchObject({ destroyed: 1, balanced: true })
  expect(edgesOf('install')).toMatchObject([
    { from: lotId, to: installationId, party: customerId, stated: true, at: happenedAt },
  ])
})
