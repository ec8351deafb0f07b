import * as z from 'zod'
import { countDevices, DeviceCounts, DeviceNotice } from '#domain/device-notice'
import { Recall } from '#domain/recall'
import { query } from '#kit'

export const handler = query({
  summary: 'Show the connected units of a recall: how many stopped, and what each of them said.',
  route: 'GET /recalls/{recallId}/devices',
  roles: ['quality', 'service', 'auditor', 'admin'],
  input: z.strictObject({
    recallId: Recall.id,
    status: DeviceNotice.schema.shape.status.optional(),
    page: z.coerce.number().int().min(0).max(10_000).default(0),
  }),
  reads: { recall: Recall.at('recallId') },
  uses: ['table'],
  output: z.object({
    counts: DeviceCounts,
    devices: z.array(DeviceNotice.schema.extend({ id: z.string() })),
    /** Page to ask for next; absent on the last. */
    next: z.number().int().optional(),
  }),
  run: async (_, { recallId, status, page }, { table }) => {
    const stored = await table.under(DeviceNotice, recallId)
    const all = stored.map(({ id, data }) => ({ ...DeviceNotice.schema.parse(data), id }))
    const wanted = status ? all.filter((one) => one.status === status) : all
    const devices = wanted.slice(page * pageSize, (page + 1) * pageSize)
    return {
      ...{ counts: countDevices(all), devices },
      ...((page + 1) * pageSize < wanted.length ? { next: page + 1 } : {}),
    }
  },
})

/** Devices on one page. */
const pageSize = 500
