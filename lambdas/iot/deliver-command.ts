import * as z from 'zod'
import { DeviceCommand, DeviceCommandEnded, DeviceCommandSent } from '#domain/device-command'
import { task } from '#kit'

const when = { deviceCommandId: DeviceCommand.sample() }

export const handler = task({
  summary: 'Put a command into the desired state of its device, which hears of it now or when it connects again.',
  input: z.object({ deviceCommandId: DeviceCommand.id }),
  reads: { command: DeviceCommand.at('deviceCommandId') },
  emits: [DeviceCommandSent, DeviceCommandEnded],
  refuses: {},
  uses: ['shadow'],
  perform: async ({ command }, { deviceCommandId }, { shadow }) => {
    const { deviceId, status, action, parameters, expiresAt } = command
    const fits =
      status !== 'requested' ||
      (await shadow.desire(deviceId, { commands: { [deviceCommandId]: { action, parameters, expiresAt } } }))
    return { fits, expiresAt }
  },
  decide: ({ command: { status, deviceId, action } }, { deviceCommandId }, { now }, { fits }) => {
    if (status !== 'requested') return []
    if (fits) return DeviceCommandSent({ deviceCommandId, sentAt: now })
    const answer = 'The shadow of the device is full: too many commands wait for it.'
    return DeviceCommandEnded({ deviceCommandId, deviceId, action, status: 'rejected', answer, endedAt: now })
  },
  output: ({ deviceCommandId }, { expiresAt }) => ({ deviceCommandId, expiresAt }),
  examples: [
    {
      name: 'a command stands in the desired state',
      given: { command: DeviceCommand.like() },
      when,
      performed: { fits: true, expiresAt: DeviceCommand.like().expiresAt },
      then: ['DeviceCommandSent'],
    },
    {
      name: 'a shadow that is full takes none',
      given: { command: DeviceCommand.like() },
      when,
      performed: { fits: false, expiresAt: DeviceCommand.like().expiresAt },
      then: ['DeviceCommandEnded'],
    },
    {
      name: 'a machine that begins again sends it once',
      given: { command: DeviceCommand.like({ status: 'succeeded' }) },
      when,
      performed: { fits: true, expiresAt: DeviceCommand.like().expiresAt },
      then: [],
    },
  ],
})
