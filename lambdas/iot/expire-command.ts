import * as z from 'zod'
import { DeviceCommand, DeviceCommandEnded, isOpen } from '#domain/device-command'
import { task } from '#kit'

const when = { deviceCommandId: DeviceCommand.sample() }

export const handler = task({
  summary: 'Say that the time of a command is over, where its device has not told how it ended.',
  input: z.object({ deviceCommandId: DeviceCommand.id }),
  reads: { command: DeviceCommand.at('deviceCommandId') },
  emits: [DeviceCommandEnded],
  refuses: {},
  decide: ({ command: { deviceId, action, ...command } }, { deviceCommandId }, { now }) =>
    isOpen(command) ? DeviceCommandEnded({ deviceCommandId, deviceId, action, status: 'timed-out', endedAt: now }) : [],
  output: (input) => input,
  examples: [
    {
      name: 'a device that never came back',
      given: { command: DeviceCommand.like({ status: 'sent' }) },
      when,
      then: ['DeviceCommandEnded'],
    },
    {
      name: 'a device that answered in time',
      given: { command: DeviceCommand.like({ status: 'succeeded' }) },
      when,
      then: [],
    },
  ],
})
