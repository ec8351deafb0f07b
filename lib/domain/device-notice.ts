import * as z from 'zod'
import { entity, stableId } from '#kit'
import { DeviceCommand } from './device-command.ts'
import { Instant, Line } from './values.ts'

/** What a recalled device is asked to do. */
export const lock = 'lock'

/** How long it stands in the shadow of a device that is away, before it is asked again: a command may last a week. */
export const patienceMs = 6 * 86_400_000

/** What one connected unit was asked in one recall, and whether it stopped. */
export const DeviceNotice = entity('device-notice', {
  area: 'recall',
  prefix: 'dnt',
  state: z.object({
    recallId: z.string(),
    deviceId: z.string(),
    /** The unit that it is. */
    unitId: z.string(),
    /** `unable`: it cannot be asked, `refused`: it said no, `silent`: it has not answered for a week and is asked again. */
    status: z.enum(['asked', 'stopped', 'refused', 'silent', 'unable']),
    commandId: z.string().optional(),
    attempts: z.number().int(),
    askedAt: Instant,
    answeredAt: Instant.optional(),
    /** What the device said, or why it cannot be asked. */
    answer: Line.optional(),
  }),
  example: {
    recallId: 'rcl_00000000000000000000000001',
    deviceId: 'dev_00000000000000000000000001',
    unitId: 'lot_00000000000000000000000001',
    status: 'asked',
    commandId: 'cmd_00000000000000000000000001',
    attempts: 1,
    askedAt: '2026-03-01T08:05:00.000Z',
  },
  worklist: ({ status }) => status,
  under: ({ recallId }) => recallId,
})

export type DeviceNoticeState = z.infer<typeof DeviceNotice.schema>

/** A device gets one notice a recall. */
export const deviceNoticeId = (recallId: string, deviceId: string) =>
  stableId(DeviceNotice.prefix, `${recallId} ${deviceId}`)

/** The command of an attempt: whoever tries it twice finds it sent. */
export const commandIdOf = (noticeId: string, attempt: number) =>
  stableId(DeviceCommand.prefix, `${noticeId} ${attempt}`)

const born = z.object({
  deviceNoticeId: DeviceNotice.id,
  recallId: z.string(),
  deviceId: z.string(),
  unitId: z.string(),
  askedAt: Instant,
})

export const DeviceAsked = DeviceNotice.born(
  'DeviceAsked',
  born.extend({ commandId: z.string() }),
  ({ deviceNoticeId: _, ...asked }) => ({ ...asked, status: 'asked', attempts: 1 }),
)

/** Its kind knows no lock, or it has no certificate any more: a person must go there. */
export const DeviceUnreachable = DeviceNotice.born(
  'DeviceUnreachable',
  born.extend({ answer: Line }),
  ({ deviceNoticeId: _, ...told }) => ({ ...told, status: 'unable', attempts: 0 }),
)

export const DeviceAskedAgain = DeviceNotice.fact(
  'DeviceAskedAgain',
  z.object({ deviceNoticeId: DeviceNotice.id, recallId: z.string(), commandId: z.string(), askedAt: Instant }),
  (notice, { commandId, askedAt }) => ({
    ...notice,
    ...{ status: 'silent', commandId, askedAt, attempts: notice.attempts + 1 },
  }),
)

/** The device confirmed by its shadow that it stopped, or said that it will not. */
export const DeviceAnswered = DeviceNotice.fact(
  'DeviceAnswered',
  z.object({
    deviceNoticeId: DeviceNotice.id,
    recallId: z.string(),
    deviceId: z.string(),
    stopped: z.boolean(),
    answer: Line.optional(),
    answeredAt: Instant,
  }),
  (notice, { stopped, answer, answeredAt }) => ({
    ...notice,
    ...{ status: stopped ? 'stopped' : 'refused', answer, answeredAt },
  }),
)

/** How many devices there are, by what became of them: "412 of 430 stopped". */
export const DeviceCounts = z.object({
  connected: z.number().int(),
  stopped: z.number().int(),
  asked: z.number().int(),
  refused: z.number().int(),
  silent: z.number().int(),
  unable: z.number().int(),
})

export function countDevices(notices: readonly Pick<DeviceNoticeState, 'status'>[]): z.infer<typeof DeviceCounts> {
  const of = (status: DeviceNoticeState['status']) => notices.filter((one) => one.status === status).length
  return {
    connected: notices.length,
    ...{ stopped: of('stopped'), asked: of('asked'), refused: of('refused') },
    ...{ silent: of('silent'), unable: of('unable') },
  }
}
