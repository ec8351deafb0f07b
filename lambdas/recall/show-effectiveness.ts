import * as z from 'zod'
import { countDevices, DeviceCounts, DeviceNotice } from '#domain/device-notice'
import { Check, effectivenessOf } from '#domain/effectiveness'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall } from '#domain/recall'
import { query } from '#kit'
import { consigneesOf } from '#recall'

export const handler = query({
  summary: 'Show the sample of a recall’s effectiveness checks, drawn again from its seed, with results and verdict.',
  route: 'GET /recalls/{recallId}/effectiveness',
  roles: ['quality', 'service', 'auditor', 'admin'],
  input: z.strictObject({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  output: z.object({
    sample: Recall.schema.shape.sample,
    /** False where consignees came or went since it was drawn: draw another. */
    current: z.boolean(),
    parties: z.array(z.object({ partnerId: z.string(), noticeId: z.string(), check: Check.optional() })),
    sampled: z.number().int(),
    checked: z.number().int(),
    failed: z.number().int(),
    verdict: z.enum(['open', 'effective', 'ineffective']),
    /** Connected units, by what they confirmed themselves. */
    devices: DeviceCounts,
  }),
  run: async ({ recall }, { recallId }, { scope, table }) => {
    const consignees = await consigneesOf(recall, { scope })
    const stored = await table.states(consignees.map((id) => ({ entity: Notice, id: noticeIdOf(recallId, id) })))
    const checks = new Map(
      consignees.map((id, index) => [id, stored[index] && Notice.schema.parse(stored[index].data).check]),
    )
    const { picked, ...found } = effectivenessOf(recall.sample, consignees, (id) => checks.get(id))
    return {
      sample: recall.sample,
      parties: picked.map((id) => ({ partnerId: id, noticeId: noticeIdOf(recallId, id), check: checks.get(id) })),
      ...found,
      devices: countDevices(
        (await table.under(DeviceNotice, recallId)).map(({ data }) => DeviceNotice.schema.parse(data)),
      ),
    }
  },
})
