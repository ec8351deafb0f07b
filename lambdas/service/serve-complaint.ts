import { Complaint, ComplaintRecorded } from '#domain/complaint'
import { Device } from '#domain/device'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { bornBy, ServiceOrder, ServiceOrderOpened } from '#domain/service-order'
import { reaction } from '#kit'
import { lastHours, whereUsed } from '#readings'

const { status: _, ...told } = Complaint.like()
const when = { complaintId: Complaint.sample(), ...told }
const unit = Lot.like({ serial: 'SN-77', quantity: 1 })

export const handler = reaction({
  summary: 'Open a service order for the device or unit that a customer complains of, with its last hours of data.',
  on: [ComplaintRecorded],
  input: ComplaintRecorded.schema,
  reads: {
    named: Device.at('deviceId').optional(),
    bound: Device.by('unit', ({ lotId }: { lotId?: string | undefined }) => [
      lotId === undefined ? undefined : { unitId: lotId },
    ]).orAbsent(),
    lot: Lot.at('lotId').optional(),
    item: Item.of('lot.itemId').optional(),
    customer: Partner.at('customerId').optional(),
  },
  emits: [ServiceOrderOpened],
  refuses: {},
  uses: ['table', 'series'],
  perform: async ({ named, bound: [bound] }, { lotId }, ports, { now }) => {
    const { installation } = lotId ? await whereUsed(lotId, ports.table) : {}
    return { installationId: installation?.installationId, ...(await lastHours((named ?? bound)?.id, ports, now)) }
  },
  decide: ({ named, bound, lot, item, customer }, complaint, { now, newId }, found) => {
    const device = named ?? bound[0]
    // A lot of many is no thing that a technician could visit.
    const unitId = lot?.serial === undefined ? undefined : lot.id
    if (!device && !unitId) return []
    const what = device?.name ?? [item?.code, lot?.serial].filter(Boolean).join(' / ')
    const { complaintId: reference, reporter, event, customerId } = complaint
    const subject = { ...(device ? bornBy(device) : {}), ...(unitId ? { lotId: unitId } : {}) }
    return ServiceOrderOpened({
      ...{ serviceOrderId: newId(ServiceOrder), deviceId: device?.id, siteId: device?.siteId, ...subject, customerId },
      title: `${what}: complaint of ${reporter}`.slice(0, 200),
      ...{ skill: device?.kind ?? item?.code, region: customer?.country, wantedParts: [], ...found },
      cause: { kind: 'complaint', reference, at: complaint.awareAt, why: { en: event } },
      ...{ openedAt: now, openedBy: 'lotline' },
    })
  },
  examples: [
    {
      name: 'a pump that reports to us',
      given: { named: Device.like({ thingType: 'field-device', kind: 'infusion-pump' }), customer: Partner.like() },
      when: { ...when, lotId: undefined, deviceId: Device.sample() },
      performed: { diagnosis: [] },
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'a unit at a ward',
      given: { lot: unit, item: Item.like(), customer: Partner.like() },
      when,
      performed: { diagnosis: [] },
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'a unit at a ward that reports to us',
      given: {
        ...{ lot: unit, item: Item.like(), customer: Partner.like() },
        bound: [{ ...Device.like({ thingType: 'field-device', unitId: when.lotId }), id: Device.sample() }],
      },
      when,
      performed: { diagnosis: [] },
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'gloves of a lot are not repaired',
      given: { lot: Lot.like(), item: Item.like(), customer: Partner.like() },
      when,
      performed: { diagnosis: [] },
      then: [],
    },
  ],
})
