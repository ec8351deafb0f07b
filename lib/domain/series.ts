import * as z from 'zod'
import { Instant } from './values.ts'

/** What a device measured at one time. */
export const Measured = z.object({
  /** Device time. */
  at: Instant,
  measures: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** From one time up to another, as questions about a series ask: spread the shape, then refine by the rule. */
export const period = {
  shape: { from: Instant, to: Instant },
  runsForward: ({ from, to }: { from: string; to: string }) => Date.parse(from) < Date.parse(to),
  rule: { path: ['from'], error: 'must be before "to"' },
}

/** An answer holds at most this many intervals. */
export const mostIntervals = 5000

/** Whether so many seconds cut the period into few enough intervals. */
export const cutsWell = ({ from, to, seconds }: { from: string; to: string; seconds: number }) =>
  Date.parse(to) - Date.parse(from) <= mostIntervals * seconds * 1000
