import { Device } from '#domain/device'
import { exposureWords } from '#domain/diagnosis'
import { Exposure, ExposureOpened } from '#domain/exposure'
import { bornBy, byAlarm, ServiceOrder, ServiceOrderCauseAdded, ServiceOrderOpened } from '#domain/service-order'
import { Site } from '#domain/site'
import { reaction } from '#kit'
import { lastHours } from '#readings'

const { limits, start, peak, peakAt } = Exposure.like()
const when = {
  ...{ exposureId: Exposure.sample(), deviceId: Device.sample(), siteId: Site.sample(), metric: 'vibration' },
  ...{ limits, start, peak, peakAt },
}
const machine = Device.like({ thingType: 'machine', kind: 'press-400', locationId: undefined, limits: undefined })
const performed = { diagnosis: [] }

export const handler = reaction({
  summary:
    'Open a service order when a machine or field device leaves its limits, with its last hours of data and what they show; more alarms join the order that is open.',
  on: [ExposureOpened],
  input: ExposureOpened.schema,
  reads: {
    device: Device.at('deviceId'),
    site: Site.of('device.siteId'),
    orders: ServiceOrder.by('alarm', ({ deviceId }: { deviceId: string }) => [byAlarm(deviceId)]).orAbsent(),
  },
  emits: [ServiceOrderOpened, ServiceOrderCauseAdded],
  refuses: {},
  uses: ['table', 'series'],
  // A sensor watches a place: what that bears is the business of its lots.
  perform: ({ device, orders }, { deviceId }, ports, { now }) =>
    lastHours(device.thingType === 'sensor' || orders[0] ? undefined : deviceId, ports, now),
  decide: ({ device, site, orders: [open] }, exposure, { now, newId }, told) => {
    if (device.thingType === 'sensor') return []
    const { exposureId: reference, metric } = exposure
    const cause = { kind: 'alarm' as const, reference, at: exposure.start, why: exposureWords(exposure) }
    if (open) {
      // The same metric at its limit again is the same alarm.
      const known = [open.cause, ...open.moreCauses].some(({ why }) => why.en.startsWith(`${metric} `))
      return known ? [] : ServiceOrderCauseAdded({ serviceOrderId: open.id, cause })
    }
    return ServiceOrderOpened({
      ...{ serviceOrderId: newId(ServiceOrder), deviceId: device.id, siteId: device.siteId, ...bornBy(device) },
      title: `${device.name}: ${metric} outside its limits`.slice(0, 200),
      ...{ skill: device.kind, region: site.country, wantedParts: [], cause, ...told },
      ...{ openedAt: now, openedBy: 'lotline' },
    })
  },
  examples: [
    {
      name: 'a press vibrates too much',
      given: { device: machine, site: Site.like() },
      when,
      performed,
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'it gets warm as well',
      given: {
        ...{ device: machine, site: Site.like() },
        orders: [{ ...ServiceOrder.like(byAlarm(when.deviceId)), id: ServiceOrder.sample() }],
      },
      when,
      performed,
      then: ['ServiceOrderCauseAdded'],
    },
    {
      name: 'a warm cold room is no defect of its sensor',
      given: { device: Device.like(), site: Site.like() },
      when: { ...when, metric: 'temperatureC' },
      performed,
      then: [],
    },
  ],
})
