import * as z from 'zod'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Installation } from '#domain/installation'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { ServiceOrder, ServiceOrderOpened } from '#domain/service-order'
import { Site } from '#domain/site'
import { Code, Country, Line, Quantity, Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const when = { title: 'Pump in ward 3 rattles', reason: 'The ward says that it rattles' }

export const handler = command({
  summary: 'Open a service order for a device, an installed unit, a unit or equipment.',
  route: 'POST /service-orders',
  roles: ['service', 'quality', 'production'],
  input: z.strictObject({
    title: Line,
    reason: Reason,
    deviceId: Device.id.optional(),
    installationId: Installation.id.optional(),
    lotId: Lot.id.optional(),
    equipmentId: Equipment.id.optional(),
    skill: Code.optional().describe('Code of a device kind, item or equipment; that of the subject if absent'),
    region: Country.optional().describe('Country where the work is done; that of the customer or site if absent'),
    wantedParts: z
      .array(z.strictObject({ itemId: Item.id, quantity: Quantity }))
      .max(20)
      .default([]),
  }),
  reads: {
    device: Device.at('deviceId').optional(),
    deviceSite: Site.of('device.siteId').optional(),
    installation: Installation.at('installationId').optional(),
    customer: Partner.of('installation.customerId').optional(),
    lot: Lot.at('lotId').optional(),
    unitItem: Item.of('lot.itemId').optional(),
    installedItem: Item.of('installation.itemId').optional(),
    equipment: Equipment.at('equipmentId').optional(),
    equipmentSite: Site.of('equipment.siteId').optional(),
    parts: Item.at('wantedParts[].itemId'),
  },
  emits: [ServiceOrderOpened],
  refuses: {
    'service-of-nothing': invalid(
      'Service order "{title}" names nothing to serve. Name a device, installation, unit or equipment.',
      '服务单“{title}”未指明服务对象。请填写终端、安装记录、单件或设备。',
    ),
  },
  decide: (states, { reason, ...input }, { now, actor, newId }) => {
    const { device, deviceSite, installation, customer, unitItem, installedItem, equipment, equipmentSite } = states
    const { title, deviceId, lotId, installationId, equipmentId } = input
    if (!(deviceId ?? lotId ?? installationId ?? equipmentId)) return refuse('service-of-nothing', { title })
    const item = unitItem ?? installedItem
    return ServiceOrderOpened({
      ...input,
      serviceOrderId: newId(ServiceOrder),
      siteId: device?.siteId ?? equipment?.siteId,
      lotId: lotId ?? installation?.lotId,
      customerId: installation?.customerId,
      skill: input.skill ?? device?.kind ?? item?.code ?? equipment?.code,
      region: input.region ?? customer?.country ?? deviceSite?.country ?? equipmentSite?.country,
      cause: { kind: 'person', at: now, why: { en: reason } },
      diagnosis: [],
      ...{ openedAt: now, openedBy: actor.sub },
    })
  },
  examples: [
    {
      name: 'a pump in use rattles',
      given: { installation: Installation.like(), customer: Partner.like(), installedItem: Item.like() },
      when: { ...when, installationId: Installation.sample() },
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'a machine of our own, with a part to bring',
      given: { equipment: Equipment.like(), equipmentSite: Site.like(), parts: [Item.like()] },
      when: {
        ...{ title: 'Mixer 1: new seal', reason: 'The seal is worn', equipmentId: Equipment.sample() },
        wantedParts: [{ itemId: Item.sample(), quantity: 1 }],
      },
      then: ['ServiceOrderOpened'],
    },
    { name: 'nothing to serve', given: {}, when, then: { refused: 'service-of-nothing' } },
  ],
})
