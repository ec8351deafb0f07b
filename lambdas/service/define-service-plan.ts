import * as z from 'zod'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { planRefusals, ServicePlan, ServicePlanDefined } from '#domain/service-plan'
import { Site } from '#domain/site'
import { Code, Country, Instant, Line, Quantity } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const { calendar, usage, condition } = ServicePlan.schema.shape
const yearly = { title: 'Mixer 1: yearly service', calendar: { days: 365 } }

export const handler = command({
  summary:
    'Plan service of a device, unit or equipment by the calendar, by hours of use or by what it measures; whichever comes first opens an order.',
  route: 'POST /service-plans',
  roles: ['service', 'quality'],
  input: z.strictObject({
    title: Line,
    deviceId: Device.id.optional(),
    lotId: Lot.id.optional(),
    equipmentId: Equipment.id.optional(),
    skill: Code.optional(),
    region: Country.optional(),
    wantedParts: z
      .array(z.strictObject({ itemId: Item.id, quantity: Quantity }))
      .max(20)
      .default([]),
    ...{ calendar, usage, condition },
    startsAt: Instant.optional().describe('From when on days and hours count; now if absent'),
  }),
  reads: {
    device: Device.at('deviceId').optional(),
    deviceSite: Site.of('device.siteId').optional(),
    lot: Lot.at('lotId').optional(),
    unitItem: Item.of('lot.itemId').optional(),
    equipment: Equipment.at('equipmentId').optional(),
    equipmentSite: Site.of('equipment.siteId').optional(),
    parts: Item.at('wantedParts[].itemId'),
  },
  emits: [ServicePlanDefined],
  refuses: {
    ...planRefusals,
    'plan-of-nothing': invalid(
      'Plan "{title}" lacks {missing}. Name what is served, and at least one of "calendar", "usage" and "condition".',
      '计划“{title}”缺少{missing}。请指明服务对象，并至少填写 “calendar”、“usage”、“condition” 之一。',
    ),
  },
  decide: (states, { startsAt, ...input }, { now, newId }) => {
    const { device, deviceSite, unitItem, equipment, equipmentSite } = states
    const { title, deviceId, lotId, equipmentId, calendar, usage, condition } = input
    if (!(deviceId ?? lotId ?? equipmentId)) return refuse('plan-of-nothing', { title, missing: 'its subject' })
    if (!(calendar ?? usage ?? condition)) return refuse('plan-of-nothing', { title, missing: 'when it is due' })
    if ((usage ?? condition) && !deviceId) return refuse('plan-without-device', { title })
    return ServicePlanDefined({
      ...input,
      servicePlanId: newId(ServicePlan),
      siteId: device?.siteId ?? equipment?.siteId,
      skill: input.skill ?? device?.kind ?? unitItem?.code ?? equipment?.code,
      region: input.region ?? deviceSite?.country ?? equipmentSite?.country,
      startsAt: new Date(startsAt ?? now).toISOString(),
    })
  },
  examples: [
    {
      name: 'a mixer once a year',
      given: { equipment: Equipment.like(), equipmentSite: Site.like() },
      when: { ...yearly, equipmentId: Equipment.sample() },
      then: ['ServicePlanDefined'],
    },
    {
      name: 'a press after 2,000 hours of running, or when it stays hot',
      given: { device: Device.like({ thingType: 'machine' }), deviceSite: Site.like() },
      when: {
        ...{ title: 'Press 4: oil', deviceId: Device.sample() },
        ...{ usage: { metric: 'load', above: 5, hours: 2000 }, condition: { metric: 'oilC', above: 80, hours: 6 } },
      },
      then: ['ServicePlanDefined'],
    },
    {
      name: 'hours of use of something that tells none',
      given: { equipment: Equipment.like(), equipmentSite: Site.like() },
      when: { title: 'Mixer 1', equipmentId: Equipment.sample(), usage: { metric: 'load', hours: 100 } },
      then: { refused: 'plan-without-device' },
    },
    { name: 'nothing is planned', given: {}, when: yearly, then: { refused: 'plan-of-nothing' } },
  ],
})
