import * as z from 'zod'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Exposure } from '#domain/exposure'
import { Lot, LotSuspected } from '#domain/lot'
import { FoundAt, Nonconformance, NonconformanceRecorded } from '#domain/nonconformance'
import { Site } from '#domain/site'
import { distinct, Line, Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const ids = (id: z.ZodString) => z.array(id).max(20).refine(distinct, 'must not repeat').default([])
const when = {
  ...{ title: 'Seal strength below limit', description: 'Three of ten seals opened below 1.2 N' },
  foundAt: 'inspection' as const,
}

export const handler = command({
  summary: 'Record that something does not meet its requirements; the lots that it names are held from now on.',
  route: 'POST /nonconformances',
  roles: ['quality', 'production', 'warehouse', 'service'],
  input: z.strictObject({
    title: Line,
    description: Reason,
    foundAt: FoundAt,
    siteId: Site.id.optional(),
    lotIds: ids(Lot.id),
    equipmentIds: ids(Equipment.id),
    deviceIds: ids(Device.id),
    exposureIds: ids(Exposure.id),
  }),
  reads: {
    site: Site.at('siteId').optional(),
    lots: Lot.at('lotIds[]'),
    equipment: Equipment.at('equipmentIds[]'),
    devices: Device.at('deviceIds[]'),
    exposures: Exposure.at('exposureIds[]'),
  },
  emits: [NonconformanceRecorded, LotSuspected],
  refuses: {
    'nonconformance-of-nothing': invalid(
      'Nonconformance "{title}" names nothing that it is about. Name at least one lot, equipment, device or exposure.',
      '不合格项“{title}”未指明对象。请至少填写一个批次、设备、终端或暴露记录。',
    ),
  },
  decide: (_, input, { now, actor, newId }) => {
    const { title, lotIds, equipmentIds, deviceIds, exposureIds } = input
    if ([lotIds, equipmentIds, deviceIds, exposureIds].every(({ length }) => length === 0))
      return refuse('nonconformance-of-nothing', { title })
    const nonconformanceId = newId(Nonconformance)
    return [
      NonconformanceRecorded({ ...input, nonconformanceId, recordedAt: now, recordedBy: actor.sub }),
      ...lotIds.map((lotId) => LotSuspected({ lotId, nonconformanceId, reason: title })),
    ]
  },
  examples: [
    {
      name: 'a lot whose seals open',
      given: { lots: [Lot.like()] },
      when: { ...when, lotIds: [Lot.sample()] },
      then: ['NonconformanceRecorded', 'LotSuspected'],
    },
    {
      name: 'a title as short as they come',
      given: { lots: [Lot.like()] },
      when: { ...when, title: 'X', lotIds: [Lot.sample()] },
      then: ['NonconformanceRecorded', 'LotSuspected'],
    },
    {
      name: 'a machine that drifts',
      given: { equipment: [Equipment.like()] },
      when: { ...when, title: 'Sealer runs 6 °C too cold', equipmentIds: [Equipment.sample()] },
      then: ['NonconformanceRecorded'],
    },
    {
      name: 'about nothing',
      given: {},
      when,
      then: { refused: 'nonconformance-of-nothing' },
    },
  ],
})
