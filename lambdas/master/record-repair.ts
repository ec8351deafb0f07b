import * as z from 'zod'
import { Equipment, EquipmentRepaired } from '#domain/equipment'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unusable } from '#domain/lot'
import { Instant, Quantity, Reason, Unit } from '#domain/values'
import { HoursOfUse, Outcome } from '#domain/wear'
import { command, invalid, refuse } from '#kit'

const part = { lotId: Lot.sample(), quantity: 1, unit: 'each', locationId: Location.sample() } as const
const repair = { equipmentId: Equipment.sample(), repairedAt: '2026-01-31T10:00:00.000Z', description: 'New seal' }

export const handler = command({
  summary: 'Record a repair of equipment and the spare parts that went into it.',
  route: 'POST /equipment/{equipmentId}/repairs',
  roles: ['service', 'production'],
  input: z.strictObject({
    equipmentId: Equipment.id,
    repairedAt: Instant,
    description: Reason,
    needsCalibration: z.boolean().default(false),
    used: HoursOfUse.optional().describe('Hours of use that it had counted, where it counts them'),
    outcome: Outcome.default('failed').describe('Whether it had failed, or was renewed before it did'),
    parts: z
      .array(z.strictObject({ lotId: Lot.id, quantity: Quantity, unit: Unit, locationId: Location.id }))
      .max(20)
      .default([]),
  }),
  reads: {
    equipment: Equipment.at('equipmentId'),
    lots: Lot.at('parts[].lotId').unfrozen(),
    locations: Location.at('parts[].locationId'),
  },
  emits: [EquipmentRepaired],
  refuses: {
    ...lotRefusals,
    ...unitRefusals,
    'repair-in-future': invalid(
      'The repair of {code} is dated {repairedAt}, which has not come yet. Correct the time.',
      '设备 {code} 的维修时间 {repairedAt} 尚未到来。请更正时间。',
    ),
  },
  decide: ({ equipment, lots }, { parts, ...input }, { now, actor }) => {
    if (Date.parse(input.repairedAt) > Date.parse(now))
      return refuse('repair-in-future', { code: equipment.code, repairedAt: input.repairedAt })
    const wrong = parts
      .map(({ unit, quantity }, index) => unusable(lots[index]!, now) ?? unitMismatch(lots[index]!, unit, quantity))
      .find((refusal) => refusal !== undefined)
    if (wrong) return wrong
    return EquipmentRepaired({
      ...input,
      repairedBy: actor.sub,
      parts: parts.map(({ locationId, ...one }, index) => ({
        ...one,
        itemId: lots[index]!.itemId,
        from: locationId,
      })),
    })
  },
  examples: [
    {
      name: 'a seal is replaced, and the seal is traceable',
      given: { equipment: Equipment.like(), lots: [Lot.like()], locations: [Location.like()] },
      stock: { [Lot.sample()]: { [Location.sample()]: 5 } },
      when: { ...repair, needsCalibration: true, parts: [part] },
      then: ['EquipmentRepaired'],
    },
    {
      name: 'a screw is tightened',
      given: { equipment: Equipment.like() },
      when: { ...repair, description: 'Loose screw tightened' },
      then: ['EquipmentRepaired'],
    },
    {
      name: 'a repair has happened already',
      given: { equipment: Equipment.like() },
      when: { ...repair, repairedAt: '2099-12-31T10:00:00.000Z' },
      then: { refused: 'repair-in-future' },
    },
    {
      name: 'a held part is not built in',
      given: { equipment: Equipment.like(), lots: [Lot.like({ status: 'held' })], locations: [Location.like()] },
      when: { ...repair, parts: [part] },
      then: { refused: 'lot-held' },
    },
  ],
})
