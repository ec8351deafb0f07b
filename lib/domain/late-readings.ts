import * as z from 'zod'
import { entity } from '#kit'
import { Instant } from './values.ts'

const Since = z.object({ deviceStatusId: z.string(), from: Instant })

/**
 * Readings that came so late that a store shows them hours later: Timestream takes what is older than its memory store
 * into its magnetic store, and answers with it within 6 hours. Until then whoever asks the series does not see them.
 */
export const LateReadings = entity('late-readings', {
  area: 'iot',
  prefix: 'lrd',
  state: z.object({
    deviceId: z.string(),
    from: Instant,
    /** Hour in which every store shows them, e.g. `2026-03-02T15`; absent where that was said already. */
    due: z.string().optional(),
  }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    from: '2026-03-01T07:30:00.000Z',
    due: '2026-03-02T15',
  },
  worklist: ({ due }) => due,
})

export type LateReadingsState = z.infer<typeof LateReadings.schema>

export const LateReadingsNoted = LateReadings.born(
  'LateReadingsNoted',
  LateReadings.schema.extend({ lateReadingsId: LateReadings.id }),
  ({ lateReadingsId: _, ...state }) => state,
)

/** Of so many devices each that one transaction can say it for all. */
export const LateReadingsDue = LateReadings.born(
  'LateReadingsDue',
  z.object({ lateReadingsId: LateReadings.id, devices: z.array(Since).min(1) }),
  ({ devices: [{ deviceStatusId: deviceId, from } = { deviceStatusId: '', from: '' }] }) => ({ deviceId, from }),
)

/** Every store shows them now: what was judged without them is judged again. */
export const LateReadingsShown = LateReadings.born(
  'LateReadingsShown',
  Since.extend({ lateReadingsId: LateReadings.id }),
  ({ deviceStatusId: deviceId, from }) => ({ deviceId, from }),
)

const hourMs = 3_600_000
/** What is younger every store shows at once. */
const promptMs = hourMs
/** The magnetic store takes up to 6 hours. */
const shownMs = 7 * hourMs

export const hourOf = (ms: number) => new Date(ms).toISOString().slice(0, 13)

/** When readings of this time that came now are shown by every store; undefined where they are at once. */
export const shownIn = (from: string, now: string): string | undefined =>
  Date.parse(from) < Date.parse(now) - promptMs ? hourOf(Date.parse(now) + shownMs) : undefined

/** Lists of hours in which something may be due at a time: a run of the clock may be late by one. */
export const dueHours = (now: string): string[] => [0, hourMs].map((ago) => hourOf(Date.parse(now) - ago))
