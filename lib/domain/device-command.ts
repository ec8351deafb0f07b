import * as z from 'zod'
import { entity } from '#kit'
import { Instant, Line, Reason } from './values.ts'

/** What a device is told to do, in the words of its firmware, e.g. `lock`. */
export const Action = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z, 0-9 and - that begin with a letter')

/** How to do it. Small: all open commands of a device share the 8 KB of its shadow. */
export const Parameters = z
  .record(z.string().regex(/^[A-Za-z]\w{0,31}$/), z.union([z.number(), z.boolean(), z.string().max(100)]))
  .refine((parameters) => Object.keys(parameters).length <= 8, 'must be at most 8')

/** How a device says that it ended a command. */
export const answers = ['succeeded', 'failed', 'rejected'] as const

/** What a device is told to do from afar, until it says that it did, or the time for it is over. */
export const DeviceCommand = entity('device-command', {
  area: 'iot',
  prefix: 'cmd',
  state: z.object({
    deviceId: z.string(),
    siteId: z.string(),
    action: Action,
    parameters: Parameters,
    reason: Reason,
    status: z.enum(['requested', 'sent', 'in-progress', ...answers, 'timed-out']),
    requestedAt: Instant,
    requestedBy: z.string(),
    expiresAt: Instant,
    sentAt: Instant.optional(),
    endedAt: Instant.optional(),
    /** What the device said about how it ended. */
    answer: Line.optional(),
  }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    action: 'lock',
    parameters: {},
    reason: 'Recalled; do not use',
    status: 'requested',
    requestedAt: '2026-03-02T08:00:00.000Z',
    requestedBy: 'usr-service',
    expiresAt: '2099-12-31T08:00:00.000Z',
  },
  worklist: ({ status }) => status,
  group: ({ deviceId }) => deviceId,
})

export type DeviceCommandState = z.infer<typeof DeviceCommand.schema>

/** From here on it goes to the device by itself, and is kept for it while it is offline. */
export const DeviceCommandRequested = DeviceCommand.born(
  'DeviceCommandRequested',
  DeviceCommand.schema
    .pick({ deviceId: true, siteId: true, action: true, parameters: true, reason: true, expiresAt: true })
    .extend({ deviceCommandId: DeviceCommand.id, requestedAt: Instant, requestedBy: z.string() }),
  ({ deviceCommandId: _, ...asked }) => ({ ...asked, status: 'requested' }),
)

/** It stands in the desired state of the device's shadow. */
export const DeviceCommandSent = DeviceCommand.fact(
  'DeviceCommandSent',
  z.object({ deviceCommandId: DeviceCommand.id, sentAt: Instant }),
  ({ id: _, ...command }, { sentAt }) => ({
    ...command,
    sentAt,
    // The device may have been quicker with its answer.
    status: command.status === 'requested' ? 'sent' : command.status,
  }),
)

/** The device has it and works on it. */
export const DeviceCommandAcknowledged = DeviceCommand.fact(
  'DeviceCommandAcknowledged',
  z.object({ deviceCommandId: DeviceCommand.id, deviceId: z.string(), acknowledgedAt: Instant }),
  ({ id: _, ...command }) => ({ ...command, status: 'in-progress' }),
)

/** The device answered, or the time is over; an answer that comes later still counts, as it says what the device did. */
export const DeviceCommandEnded = DeviceCommand.fact(
  'DeviceCommandEnded',
  z.object({
    deviceCommandId: DeviceCommand.id,
    deviceId: z.string(),
    action: Action,
    status: z.enum([...answers, 'timed-out']),
    answer: Line.optional(),
    endedAt: Instant,
  }),
  ({ id: _, ...command }, { status, answer, endedAt }) => ({ ...command, status, answer, endedAt }),
)

/** Nobody told yet how it ended. */
export const isOpen = ({ status }: Pick<DeviceCommandState, 'status'>) =>
  status === 'requested' || status === 'sent' || status === 'in-progress'
