import * as z from 'zod'
import { Device } from '#domain/device'
import { deviceNoticeId } from '#domain/device-notice'
import { Lot } from '#domain/lot'
import { Recall } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'List the units of one partition of a recall that are devices which report to us.',
  input: z.object({ recallId: Recall.id, shard: z.number().int() }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['scope', 'table'],
  perform: async (_, { recallId, shard }, { scope, table }) => {
    const nodes = await scope.nodesOf(recallId, shard)
    const units = nodes.flatMap(({ id }) => (id.startsWith(`${Lot.prefix}_`) ? [id] : []))
    const devices = await Promise.all(units.map((unitId) => table.owner(Device, 'unit', unitId)))
    return units.flatMap((unitId, index) => {
      const deviceId = devices[index]
      return deviceId ? [{ recallId, unitId, deviceId, deviceNoticeId: deviceNoticeId(recallId, deviceId) }] : []
    })
  },
  decide: () => [],
  output: (_, units) => ({ units }),
  examples: [
    {
      name: 'no unit of it is connected',
      given: {},
      when: { recallId: Recall.sample(), shard: 0 },
      performed: [],
      then: [],
    },
  ],
})
