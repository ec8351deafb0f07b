import { Complaint, ComplaintRecorded } from '#domain/complaint'
import { Device } from '#domain/device'
import { Installation, type InstallationState } from '#domain/installation'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { bornBy, ServiceOrder, ServiceOrderOpened } from '#domain/service-order'
import { listAll, reaction } from '#kit'
import { lastHours } from '#readings'

const { status: _, ...told } = Complaint.like()
const when = { complaintId: Complaint.sample(), ...told }
const unit = Lot.like({ serial: 'SN-77', quantity: 1 })

export const handler = reaction({
  summary: 'Open a service order for the device or unit that a customer complains of, with its last hours of data.',
  on: [ComplaintRecorded],
  input: ComplaintRecorded.schema,
  reads: {
    device: Device.at('deviceId').optional(),
    lot: Lot.at('lotId').optional(),
    item: Item.of('lot.itemId').optional(),
    customer: Partner.at('customerId').optional(),
  },
  emits: [ServiceOrderOpened],
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, { deviceId, lotId, customerId }, ports, { now }) => {
    const known = customerId && lotId ? await listAll(ports.table, 'group', Installation, customerId) : []
    const installed = known.find(({ data }) => {
      const { lotId: unitId, status } = data as InstallationState
      return unitId === lotId && status === 'installed'
    })
    return { installationId: installed?.id, ...(await lastHours(deviceId, ports, now)) }
  },
  decide: ({ device, lot, item, customer }, complaint, { now, newId }, found) => {
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
      given: { device: Device.like({ thingType: 'field-device', kind: 'infusion-pump' }), customer: Partner.like() },
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
      name: 'gloves of a lot are not repaired',
      given: { lot: Lot.like(), item: Item.like(), customer: Partner.like() },
      when,
      performed: { diagnosis: [] },
      then: [],
    },
  ],
})
