import { Device } from '#domain/device'
import { DeviceCommand } from '#domain/device-command'
import { DeviceTwin, mirror, mirrorFacts, ShadowUpdates, twinRefusals } from '#domain/device-twin'
import { reaction } from '#kit'

const deviceId = Device.sample()
const receivedMs = Date.parse('2026-03-02T08:00:00Z')
const told = (reported: Record<string, unknown>, version = 2) => ({
  deviceId,
  messages: [{ deviceId, receivedMs, version, reported }],
})
const device = Device.like({ status: 'certified' })
const twin = DeviceTwin.like({ firmware: '1.4.0', state: 'idle', shadow: { version: 1, receivedMs } })
const sent = DeviceCommand.like({ status: 'sent' })
const answer = (status: string) => told({ commands: { [DeviceCommand.sample()]: { status } } })

export const handler = reaction({
  summary: 'Take in what a device reports of itself in its shadow: firmware, state, and how its commands went.',
  on: { queue: 'shadows', together: 'deviceId' },
  input: ShadowUpdates,
  reads: {
    device: Device.at('deviceId'),
    twin: DeviceTwin.at('deviceId').orAbsent(),
    commands: DeviceCommand.at('commandIds[]').orAbsent(),
  },
  emits: mirrorFacts,
  refuses: twinRefusals,
  decide: ({ device, twin, commands }, { messages }) => mirror(device, twin, commands, messages),
  examples: [
    {
      name: 'a device says for the first time what it is',
      given: { device, commands: [] },
      when: told({ firmware: '1.4.0', state: 'idle' }),
      then: ['DeviceTwinOpened', 'DeviceFirmwareChanged', 'DeviceStateChanged'],
    },
    {
      name: 'new firmware is noticed',
      given: { device, twin, commands: [] },
      when: told({ firmware: '1.5.0', state: 'idle', batteryPct: 80 }),
      then: ['DeviceFirmwareChanged'],
    },
    {
      name: 'the same update twice changes nothing',
      given: { device, twin, commands: [] },
      when: told({ firmware: '1.3.9' }, 1),
      then: [],
    },
    {
      name: 'a device begins with a command',
      given: { device, twin, commands: [sent] },
      when: answer('in-progress'),
      then: ['DeviceCommandAcknowledged'],
    },
    {
      name: 'a device did what it was told',
      given: { device, twin, commands: [sent] },
      when: answer('succeeded'),
      then: ['DeviceCommandEnded'],
    },
    {
      name: 'an answer that comes after the time is over still counts',
      given: { device, twin, commands: [{ ...sent, status: 'timed-out' }] },
      when: answer('succeeded'),
      then: ['DeviceCommandEnded'],
    },
    {
      name: 'a device cannot answer for another',
      given: { device, twin, commands: [{ ...sent, deviceId: Device.sample(2) }] },
      when: answer('succeeded'),
      then: [],
    },
    {
      name: 'a number for the firmware is noticed',
      given: { device, commands: [] },
      when: told({ firmware: 14 }),
      then: { refused: 'shadow-unreadable' },
    },
  ],
})
