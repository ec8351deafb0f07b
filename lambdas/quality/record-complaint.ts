import * as z from 'zod'
import { Complaint, ComplaintRecorded, Harm } from '#domain/complaint'
import { Device } from '#domain/device'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { parseUdi } from '#domain/udi'
import { Instant, Line, LotNumber, Reason } from '#domain/values'
import { command, invalid, type Ports, refuse } from '#kit'

const when = {
  ...{ reporter: 'Ward 3, head nurse', event: 'The pump stopped without an alarm' },
  ...{ harm: 'unknown' as const, awareAt: '2026-02-28T16:20:00Z' },
}

/** What our records have of a label: the item of its device identifier, and the unit or lot of its production identifiers. */
async function labelled(udi: string, table: Ports['table']) {
  // The century of its dates does not matter here.
  const parsed = parseUdi(udi, 2026)
  if (!parsed.ok) return {}
  const { di: gtin, lot: lotNumber, serial } = parsed.udi
  const itemId = await table.owner(Item, 'gtin', Item.unique.gtin!({ gtin })!)
  if (itemId === undefined) return { lotNumber, serial }
  const find = (key: 'serial' | 'number', lot: object) => table.owner(Lot, key, Lot.unique[key]!({ itemId, ...lot })!)
  const lotId =
    (serial && (await find('serial', { serial }))) ?? (lotNumber && (await find('number', { number: lotNumber })))
  return { itemId, lotNumber, serial, lotId: lotId || undefined }
}

export const handler = command({
  summary:
    'Record that somebody says a product failed, as they told it; a UDI is looked up, and what is not known is no reason to refuse.',
  route: 'POST /complaints',
  roles: ['quality', 'service', 'logistics'],
  input: z.strictObject({
    udi: Line.optional().describe('As scanned or read from the label'),
    lotNumber: LotNumber.optional(),
    serial: LotNumber.optional(),
    lotId: Lot.id.optional(),
    deviceId: Device.id.optional(),
    customerId: Partner.id.optional(),
    reporter: Line,
    event: Reason,
    eventAt: Instant.optional(),
    harm: Harm,
    awareAt: Instant.optional().describe('When the company learned of it, where that was before now'),
  }),
  reads: {
    lot: Lot.at('lotId').optional(),
    device: Device.at('deviceId').optional(),
    customer: Partner.at('customerId').optional(),
  },
  emits: [ComplaintRecorded],
  refuses: {
    'complaint-in-future': invalid(
      'The company cannot have learned of this at {awareAt}, which has not come yet. Correct "awareAt", or leave it out for now.',
      '获知时间 {awareAt} 尚未到来。请更正 “awareAt”，或留空表示现在。',
    ),
  },
  uses: ['table'],
  perform: async (_, { udi }, { table }) => (udi === undefined ? {} : labelled(udi, table)),
  decide: ({ lot }, { awareAt, ...told }, { now, actor, newId }, found) => {
    if (awareAt !== undefined && Date.parse(awareAt) > Date.parse(now))
      return refuse('complaint-in-future', { awareAt })
    const known = lot && { itemId: lot.itemId, lotNumber: lot.number, serial: lot.serial }
    const product = { ...found, ...known, ...told }
    return ComplaintRecorded({
      ...product,
      complaintId: newId(Complaint),
      awareAt: awareAt ?? now,
      recordedBy: actor.sub,
    })
  },
  examples: [
    {
      name: 'a nurse tells of a pump that she has before her',
      given: { lot: Lot.like({ serial: 'SN-77', quantity: 1 }), customer: Partner.like() },
      when: { ...when, lotId: Lot.sample(), customerId: Partner.sample() },
      then: ['ComplaintRecorded'],
    },
    {
      name: 'a label that our records do not know',
      given: {},
      when: { ...when, udi: '(01)09506000117843(10)1234AB(21)5678CD' },
      performed: { lotNumber: '1234AB', serial: '5678CD' },
      then: ['ComplaintRecorded'],
    },
    {
      name: 'a day that has not come',
      given: {},
      when: { ...when, awareAt: '2099-12-31T10:00:00Z' },
      then: { refused: 'complaint-in-future' },
    },
  ],
})
