import { expect, test } from 'vitest'
import { handler } from '../../lambdas/master/show-repair-outlook.ts'
import { Equipment } from '../../lib/domain/equipment.ts'
import { repairOutlook } from '../../lib/domain/repair-outlook.ts'

const day = (count: number) => new Date(Date.UTC(2025, 0, 1) + count * 86_400_000).toISOString()
// Every 90 days or so.
const repairedAt = [0, 92, 180, 268, 362, 450, 541].map(day)

test('equipment that is repaired every 90 days is due at 90 days, not at 10', () => {
  const [young, old] = [repairOutlook(repairedAt, day(551), 14), repairOutlook(repairedAt, day(625), 14)]
  expect(young.wear!.shape).toBeGreaterThan(10)
  expect(young.wear!.scaleHours / 24).toBeCloseTo(92, -1)
  expect(young.wear!.chance).toBeLessThan(0.01)
  expect(old.wear!.chance).toBeGreaterThan(0.8)
  expect(old.hoursSinceRepair).toBe(84 * 24)
  expect(old.says.en).toMatch(/^A repair within 14 days has a chance of \d+ % .* judged by 6 intervals/)
  expect(old.says.zh).toContain('14 天内需要维修的概率')
})

test('too few repairs tell nothing, and say so; the order and repeats of repairs do not matter', () => {
  expect(repairOutlook([], day(1), 30)).toEqual({ repairs: 0, hoursSinceRepair: undefined, says: expect.anything() })
  expect(repairOutlook(repairedAt.slice(0, 5), day(400), 30)).toMatchObject({
    repairs: 5,
    says: { en: expect.stringContaining('too few') },
  })
  const mixed = repairOutlook([...repairedAt].reverse(), day(600), 30)
  expect(mixed).toEqual(repairOutlook(repairedAt, day(600), 30))
})

test('a repair that is dated now leaves an age of none', () => {
  expect(repairOutlook(repairedAt, repairedAt.at(-1)!, 30).hoursSinceRepair).toBe(0)
})

test('the outlook is made from the repairs in the history of the equipment', async () => {
  const table = {
    history: async () => [
      { type: 'EquipmentDefined', data: {} },
      ...repairedAt.map((at) => ({ type: 'EquipmentRepaired', data: { repairedAt: at } })),
    ],
  }
  const input = { equipmentId: Equipment.sample(), days: 14 }
  const state = { equipment: { ...Equipment.like(), id: Equipment.sample() } }
  const answer = await handler.run(state, input, { table }, { now: day(625) } as never)
  expect(answer).toEqual(repairOutlook(repairedAt, day(625), 14))
})

test('a new machine without any repair is judged by the repairs of its model, and by nothing of another', async () => {
  const machine = (model: string, changes: object) => ({ data: Equipment.like({ model, ...changes }) })
  const fleet = [92, 95, 97, 99, 100, 101, 103, 105, 108].map((life) =>
    machine('MIX-400', {
      inUseSince: day(599 - life),
      renewals: [{ at: day(599), used: 7, failed: true, itemIds: ['itm_seal'] }],
    }),
  )
  const table = {
    history: async () => [],
    list: async (_: string, __: unknown, status: string) => ({ items: status === 'in-service' ? fleet : [] }),
  }
  const look = (model: string | undefined, age: number): any => {
    const equipment = { ...Equipment.like({ model, inUseSince: day(600 - age) }), id: Equipment.sample() }
    const input = { equipmentId: equipment.id, days: 14 }
    return handler.run({ equipment }, input, { table }, { now: day(600) } as never)
  }
  const [young, old] = [await look('MIX-400', 20), await look('MIX-400', 97)]
  expect(young.ofModel).toMatchObject({ itemId: 'itm_seal', failures: 9, lives: 18, machines: 9 })
  expect(young.ofModel.chance).toBeLessThan(0.01)
  expect(old.ofModel.low).toBeGreaterThan(0.5)
  expect(old.says.en).toContain('9 ended by failure')
  expect(handler.output.parse(old)).toEqual(old)
  for (const model of [undefined, 'MIX-500']) expect((await look(model, 97)).says.en).toContain('too few')
})
