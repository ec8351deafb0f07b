import { invalid, refuse, shared } from '#kit'
import { Instant } from './values.ts'

/**
 * When a posting happened, where it is told later than it happened, e.g. by a MES after the network was down.
 * A trace trusts a stated time; the time of a posting only says that it happened before.
 */
export const HappenedAt = Instant.optional().describe('When it happened, where it is recorded later; now if absent')

export const happenedRefusals = shared({
  'happened-in-future': invalid(
    'This is said to have happened at {happenedAt}, which has not come yet. Correct "happenedAt", or leave it out for now.',
    '所述发生时间 {happenedAt} 尚未到来。请更正 “happenedAt”，或留空表示现在。',
  ),
})

/** Refuses a stated time that has not come yet; `now` is ISO 8601 UTC. */
export const notYet = (happenedAt: string | undefined, now: string) =>
  happenedAt !== undefined && Date.parse(happenedAt) > Date.parse(now)
    ? refuse('happened-in-future', { happenedAt })
    : undefined
