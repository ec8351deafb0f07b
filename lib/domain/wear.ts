import * as z from 'zod'
import { Instant } from './values.ts'
import { type Chance, chanceOfFailure, type Life, lifeLeft, type Weibull, weibullOf } from './weibull.ts'

/** How something was found that was served: it had failed, parts were renewed before they did, or it goes on as it is. */
export const Outcome = z.enum(['failed', 'renewed', 'sound'])

/** Hours of use that a device or machine had counted since it was new. */
export const HoursOfUse = z.number().min(0).max(1e6)

/** Maintenance that ended the lives of parts. */
export const Renewal = z.object({
  at: Instant,
  /** Where it counts them. */
  used: HoursOfUse.optional(),
  /** Whether it had failed; else it was renewed before it did. */
  failed: z.boolean(),
  /** Items of the parts that were exchanged; none where only the device as a whole is known to be in order again. */
  itemIds: z.array(z.string()),
})

export type Renewal = z.infer<typeof Renewal>

/** A device with its upkeep so far. */
export interface Upkeep {
  readonly renewals: readonly Renewal[]
  /** ISO 8601; absent where nobody knows. */
  readonly inUseSince?: string | undefined
  /** Hours of use that it has counted now. */
  readonly used?: number | undefined
}

/** How long a part has worked, and how the lives of its like ended; where no part is named, the device as a whole. */
export interface Wear extends Weibull {
  readonly itemId?: string | undefined
  /** Hours of use where most maintenance tells them, else hours of the calendar. */
  readonly by: 'use' | 'calendar'
  readonly age: number
  /** When its life began, ISO 8601, where that is known. */
  readonly since?: string | undefined
  /** Age at which half of its like have failed. */
  readonly half: number
  /** Devices of its kind whose lives were judged, and how many lives. */
  readonly devices: number
  readonly lives: number
  /** That it fails within the horizon, with the bounds of 90 %. */
  readonly chance: Chance
  /** Hours of the calendar until half, 5 % and 95 % of those of its age have failed, at the pace at which it is used. */
  readonly left: { readonly hours: number; readonly earliest: number; readonly latest: number }
}

/** As far as a proposal looks ahead. */
export const horizonHours = 720
/** From this chance on a failure within the horizon is as likely as not, at the least that the confidence allows. */
const likely = 0.5

/** A renewal among those known; what comes twice changes nothing, and what is told late stands in its place. */
export function renewed(renewals: readonly Renewal[], one: Renewal, kept = 30): Renewal[] {
  const others = renewals.filter(({ at }) => Date.parse(at) !== Date.parse(one.at))
  return [...others, one].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-kept)
}

/** What maintenance with this outcome and these parts ended. */
export const renewalOf = (outcome: z.infer<typeof Outcome>, parts: readonly { readonly itemId: string }[]) => ({
  failed: outcome === 'failed',
  itemIds: [...new Set(parts.map(({ itemId }) => itemId))],
})

type Clock = Wear['by']

const hoursAt = (at: string) => Date.parse(at) / 3_600_000

/** The lives of a part in one device: those that ended, and for how long the last has gone on, where that is known. */
function livesIn({ renewals, inUseSince, used }: Upkeep, itemId: string | undefined, by: Clock, now: string) {
  const ends = itemId === undefined ? renewals : renewals.filter(({ itemIds }) => itemIds.includes(itemId))
  const ended: Life[] = []
  // A device counts its use from when it was new.
  let begin = by === 'use' ? 0 : inUseSince === undefined ? undefined : hoursAt(inUseSince)
  for (const { at, used: usedThen, failed } of ends) {
    const end = by === 'use' ? usedThen : hoursAt(at)
    if (end !== undefined && begin !== undefined && end > begin) ended.push({ hours: end - begin, failed })
    begin = end
  }
  const reached = by === 'use' ? used : hoursAt(now)
  const since = ends.at(-1)?.at ?? inUseSince
  return { ended, since, age: reached === undefined || begin === undefined ? undefined : Math.max(reached - begin, 0) }
}

interface Fit {
  readonly itemId: string | undefined
  readonly by: Clock
  readonly weibull: Weibull
  readonly devices: number
  readonly lives: number
}

/** Hours of use where most maintenance tells them. */
function clockOf(fleet: readonly Upkeep[]): Clock {
  const all = fleet.flatMap(({ renewals }) => renewals)
  return all.filter(({ used }) => used !== undefined).length > all.length / 2 ? 'use' : 'calendar'
}

/**
 * How the lives of a kind of device end, from the maintenance of all of its kind: what a new device, which has no
 * history of its own, is judged by. By part where enough of one has failed, else the device as a whole.
 */
export function fitsOf(fleet: readonly Upkeep[], now: string, by: Clock = clockOf(fleet)): Fit[] {
  const all = fleet.flatMap(({ renewals }) => renewals)
  const fitOf = (itemId?: string): Fit[] => {
    const histories = fleet.map((one) => livesIn(one, itemId, by, now))
    const running = histories.flatMap(({ age }) => (age ? [{ hours: age, failed: false }] : []))
    const lives = [...histories.flatMap(({ ended }) => ended), ...running]
    const weibull = weibullOf(lives)
    return weibull ? [{ itemId, by, weibull, devices: fleet.length, lives: lives.length }] : []
  }
  const parts = [...new Set(all.flatMap(({ itemIds }) => itemIds))].sort().flatMap((itemId) => fitOf(itemId))
  return parts.length > 0 ? parts : fitOf()
}

/** What the lives of its kind say about a device, what is likeliest to fail first; nothing where its age is not known. */
export function wearOf(fits: readonly Fit[], device: Upkeep, now: string, hours = horizonHours): Wear[] {
  return fits
    .flatMap(({ itemId, by, weibull, devices, lives }) => {
      const { age, since } = livesIn(device, itemId, by, now)
      if (age === undefined) return []
      const pace = by === 'use' && since !== undefined ? paceOf(age, hoursAt(now) - hoursAt(since)) : 1
      const left = (part: number) => lifeLeft(weibull, age, part) / pace
      return [
        {
          ...{ ...weibull, itemId, by, age, since, half: lifeLeft(weibull, 0, 0.5), devices, lives },
          ...{ chance: chanceOfFailure(weibull, age, hours * pace) },
          left: { hours: left(0.5), earliest: left(0.05), latest: left(0.95) },
        },
      ]
    })
    .sort((a, b) => b.chance.chance - a.chance.chance)
}

/** Hours of use in an hour of the calendar. */
const paceOf = (used: number, passed: number) => Math.min(Math.max(used / Math.max(passed, 1), 0.01), 1)

/** Whether age alone is reason enough to propose maintenance. */
export const isWornOut = ({ chance }: Pick<Wear, 'chance'>) => chance.low >= likely
