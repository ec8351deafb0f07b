import { Device } from '#domain/device'
import { DeviceEvents, eventFacts, eventRefusals, happenings } from '#domain/device-event'
import { messageFrom } from '#domain/device-message'
import { DeviceTwin } from '#domain/device-twin'
import { reaction } from '#kit'

const deviceId = Device.sample()
const receivedMs = Date.parse('2026-03-02T08:00:05Z')
const at = '2026-03-02T08:00:00Z'
const sent = (...events: object[]) => ({
  deviceId,
  messages: events.map((event, index) => messageFrom(deviceId, receivedMs, { id: `e-${index}`, at, ...event })),
})
const device = Device.like({ status: 'certified' })
const twin = DeviceTwin.like()
const alarm = { event: 'alarm', code: 'E-12', active: true, text: 'Pressure too high' }

export const handler = reaction({
  summary: 'Take in what happened to a device: alarms, faults, doors, and how much it was used.',
  on: { queue: 'events', together: 'deviceId' },
  input: DeviceEvents,
  reads: { device: Device.at('deviceId'), twin: DeviceTwin.at('deviceId').orAbsent() },
  emits: eventFacts,
  refuses: eventRefusals,
  decide: ({ device, twin }, { messages }) => happenings(device, twin, messages),
  examples: [
    {
      name: 'an alarm is raised and cleared',
      given: { device },
      when: sent(alarm, { ...alarm, active: false, at: '2026-03-02T08:00:04Z' }),
      then: ['DeviceTwinOpened', 'DeviceAlarmRaised', 'DeviceAlarmCleared'],
    },
    {
      name: 'a fault comes and goes',
      given: { device, twin },
      when: sent({ event: 'fault', code: 'F7', active: true }, { event: 'fault', code: 'F7', active: false }),
      then: ['DeviceFaultRaised', 'DeviceFaultCleared'],
    },
    {
      name: 'a door is opened and closed',
      given: { device, twin },
      when: sent({ event: 'door', open: true }, { event: 'door', open: false }),
      then: ['DeviceDoorOpened', 'DeviceDoorClosed'],
    },
    {
      name: 'hours of use are counted',
      given: { device, twin },
      when: sent({ event: 'usage', counter: 'hours', value: 1234.5 }),
      then: ['DeviceUsageCounted'],
    },
    {
      name: 'the same event again is no news',
      given: { device, twin: DeviceTwin.like({ events: ['e-0'] }) },
      when: sent(alarm),
      then: [],
    },
    {
      name: 'a counter does not go backwards',
      given: { device, twin: DeviceTwin.like({ counters: { hours: { value: 2000, at: '2026-03-01T08:00:00Z' } } }) },
      when: sent({ event: 'usage', counter: 'hours', value: 12 }),
      then: { refused: 'usage-backwards' },
    },
    {
      name: 'an event that cannot be read',
      given: { device, twin },
      when: sent({ event: 'alarm', code: 'E-12', active: 'yes' }),
      then: { refused: 'message-unreadable' },
    },
  ],
})
