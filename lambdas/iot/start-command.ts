import * as z from 'zod'
import { DeviceCommand, DeviceCommandRequested } from '#domain/device-command'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Start the machine that sends a command to its device and waits for the answer.',
  on: [DeviceCommandRequested],
  input: z.object({ deviceCommandId: DeviceCommand.id }),
  reads: { command: DeviceCommand.at('deviceCommandId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: (_, { deviceCommandId }, { workflow }) =>
    workflow.start('device-command', deviceCommandId, { deviceCommandId }),
  decide: () => [],
  examples: [
    {
      name: 'a command goes on its way',
      given: { command: DeviceCommand.like() },
      when: { deviceCommandId: DeviceCommand.sample() },
      then: [],
    },
  ],
})
