import { Device } from '#domain/device'
import { DeviceAlarmRaised, DeviceFaultRaised } from '#domain/device-event'
import { DeviceStatus } from '#domain/device-status'
import { bornBy, byAlarm, ServiceOrder, ServiceOrderCauseAdded, ServiceOrderOpened } from '#domain/service-order'
import { Site } from '#domain/site'
import { reaction } from '#kit'
import { lastHours } from '#readings'

const deviceId = Device.sample()
const when = {
  deviceTwinId: deviceId,
  eventId: 'e-1',
  code: 'E-12',
  text: 'Pressure too high',
  at: '2026-03-02T08:00:00Z',
}
const given = { device: Device.like({ thingType: 'field-device', kind: 'infusion-pump' }), site: Site.like() }
const [status, performed] = [DeviceStatus.like(), { diagnosis: [] }]

export const handler = reaction({
  summary:
    'Open a service order when a device itself reports an alarm or fault, with its last hours of data; more of them join the order that is open.',
  on: [DeviceAlarmRaised, DeviceFaultRaised],
  input: DeviceAlarmRaised.schema,
  reads: {
    device: Device.at('deviceTwinId'),
    status: DeviceStatus.at('deviceTwinId'),
    site: Site.of('device.siteId'),
    orders: ServiceOrder.by('alarm', ({ deviceTwinId }: { deviceTwinId: string }) => [
      byAlarm(deviceTwinId),
    ]).orAbsent(),
  },
  emits: [ServiceOrderOpened, ServiceOrderCauseAdded],
  refuses: {},
  uses: ['table', 'series'],
  perform: ({ orders }, { deviceTwinId }, ports, { now }) =>
    lastHours(orders[0] ? undefined : deviceTwinId, ports, now),
  decide: ({ device, status, site, orders: [open] }, { eventId: reference, code, text, at }, { now, newId }, told) => {
    if (status.dictionary.localAlarms?.includes(code)) return []
    const says = { en: `It reports ${code}`, zh: `设备报告 ${code}` }
    const why = text ? { en: `${says.en}: ${text}`, zh: `${says.zh}：${text}` } : says
    const cause = { kind: 'alarm' as const, reference, at, why }
    if (open) {
      // The same code again is the same alarm.
      const isSame = (one: string) => one === says.en || one.startsWith(`${says.en}:`)
      const known = [open.cause, ...open.moreCauses].some(({ why: { en } }) => isSame(en))
      return known ? [] : ServiceOrderCauseAdded({ serviceOrderId: open.id, cause })
    }
    return ServiceOrderOpened({
      ...{ serviceOrderId: newId(ServiceOrder), deviceId: device.id, siteId: device.siteId, ...bornBy(device) },
      title: `${device.name}: ${code}${text ? ` ${text}` : ''}`.slice(0, 200),
      ...{ skill: device.kind, region: site.country, wantedParts: [], cause, ...told },
      ...{ openedAt: now, openedBy: 'lotline' },
    })
  },
  examples: [
    {
      name: 'a pump says that its pressure is too high',
      given: { ...given, status },
      when,
      performed,
      then: ['ServiceOrderOpened'],
    },
    {
      name: 'it reports something else before anybody came',
      given: { ...given, status, orders: [{ ...ServiceOrder.like(byAlarm(deviceId)), id: ServiceOrder.sample() }] },
      when: { ...when, code: 'F7', text: undefined },
      performed,
      then: ['ServiceOrderCauseAdded'],
    },
    {
      name: 'an empty syringe is changed at the bed',
      given: { ...given, status: DeviceStatus.like({ dictionary: { ...status.dictionary, localAlarms: ['E-12'] } }) },
      when,
      performed,
      then: [],
    },
  ],
})
