import * as z from 'zod'
import { Equipment, type EquipmentState } from '#domain/equipment'
import { RepairOutlook, repairOutlook } from '#domain/repair-outlook'
import { fitsOf, type Upkeep, wearOf } from '#domain/wear'
import { everyone, listAll, type Ports, query } from '#kit'

/** The upkeep of all equipment of a model, wherever it stands. */
async function fleetOf(model: string, table: Ports['table']): Promise<Upkeep[]> {
  const lists = await Promise.all(
    ['in-service', 'out-of-service'].map((status) => listAll(table, 'worklist', Equipment, status)),
  )
  return lists.flat().flatMap(({ data }) => {
    const { model: its, renewals = [], inUseSince } = data as EquipmentState
    return its === model ? [{ renewals, inUseSince }] : []
  })
}

export const handler = query({
  summary:
    'Show how likely equipment needs a repair within some days, as its own repairs tell, and those of all of its model.',
  route: 'GET /equipment/{equipmentId}/repair-outlook',
  roles: everyone,
  input: z.strictObject({ equipmentId: Equipment.id, days: z.coerce.number().int().min(1).max(366) }),
  reads: { equipment: Equipment.at('equipmentId') },
  uses: ['table'],
  output: RepairOutlook,
  run: async ({ equipment }, { equipmentId, days }, { table }, { now }) => {
    const { model, renewals = [], inUseSince } = equipment
    const [facts, fleet] = await Promise.all([
      table.history(Equipment, equipmentId),
      model === undefined ? [] : fleetOf(model, table),
    ])
    const repairs = facts.filter(({ type }) => type === 'EquipmentRepaired')
    // Nobody tells how long it was used since: the calendar is what all of a model have.
    const [ofModel] = wearOf(fitsOf(fleet, now, 'calendar'), { renewals, inUseSince }, now, days * 24)
    return repairOutlook(
      repairs.map(({ data }) => (data as { repairedAt: string }).repairedAt),
      now,
      days,
      ofModel,
    )
  },
})
