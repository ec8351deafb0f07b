import { DeviceCommand, DeviceCommandEnded } from '#domain/device-command'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Take a command that ended out of the shadow of its device, so that it hears of it no more.',
  on: [DeviceCommandEnded],
  input: DeviceCommandEnded.schema,
  reads: { command: DeviceCommand.at('deviceCommandId') },
  emits: [],
  refuses: {},
  uses: ['shadow'],
  perform: ({ command: { deviceId } }, { deviceCommandId }, { shadow }) =>
    shadow.forget(deviceId, { commands: { [deviceCommandId]: null } }),
  decide: () => [],
  examples: [
    {
      name: 'a command that ended is not shown any more',
      given: { command: DeviceCommand.like({ status: 'succeeded' }) },
      when: {
        ...{ deviceCommandId: DeviceCommand.sample(), deviceId: DeviceCommand.like().deviceId, action: 'lock' },
        ...{ status: 'succeeded', endedAt: '2026-03-02T08:01:00.000Z' },
      },
      then: [],
    },
  ],
})
