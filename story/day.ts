import type { Diary } from './diary.ts'
import type { Ids } from './ids.ts'
import type { People } from './people.ts'

/** What every chapter works with. */
export interface Day {
  readonly people: People
  readonly ids: Ids
  readonly diary: Diary
  /** Folder of the story's own files. */
  readonly folder: string
  /** When the day began; times in the story follow from it, so that playing it again sends the same requests. */
  readonly startedAt: Date
  /** Port of the API; the devices' MQTT port is three above it. */
  readonly port: number
  /** Ends the story at once. */
  readonly signal: AbortSignal
}

/** The instant so many minutes after the day began, or before it. */
export const minutesIn = ({ startedAt }: Day, minutes: number): string =>
  new Date(startedAt.getTime() + minutes * 60_000).toISOString()

/** The calendar day so many days after today. */
export const dayIn = (day: Day, days: number): string => minutesIn(day, days * 24 * 60).slice(0, 10)
