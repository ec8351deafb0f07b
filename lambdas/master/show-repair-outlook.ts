import * as z from 'zod'
import { Equipment } from '#domain/equipment'
import { RepairOutlook, repairOutlook } from '#domain/repair-outlook'
import { everyone, query } from '#kit'

export const handler = query({
  summary: 'Show how likely equipment needs a repair within some days, as its own repairs so far tell.',
  route: 'GET /equipment/{equipmentId}/repair-outlook',
  roles: everyone,
  input: z.strictObject({ equipmentId: Equipment.id, days: z.coerce.number().int().min(1).max(366) }),
  reads: { equipment: Equipment.at('equipmentId') },
  uses: ['table'],
  output: RepairOutlook,
  run: async (_, { equipmentId, days }, { table }, { now }) => {
    const facts = await table.history(Equipment, equipmentId)
    const repairs = facts.filter(({ type }) => type === 'EquipmentRepaired')
    return repairOutlook(
      repairs.map(({ data }) => (data as { repairedAt: string }).repairedAt),
      now,
      days,
    )
  },
})
