import * as z from 'zod'
import { ageWords } from './finding-words.ts'
import type { Wear } from './wear.ts'
import { chanceOfFailure, type Life, weibullOf } from './weibull.ts'

/** When the next repair of equipment is likely, as its own repairs tell, and those of all of its model. */
export const RepairOutlook = z.object({
  repairs: z.int(),
  /** Since the last repair; absent before the first. */
  hoursSinceRepair: z.number().optional(),
  /** Absent where the repairs are too few to tell. */
  wear: z
    .object({
      /** Weibull: above 1 it wears out, at 1 it fails by chance, below 1 a repair is often followed by another. */
      shape: z.number(),
      /** Hours after which 63 % of the repairs came. */
      scaleHours: z.number(),
      /** That a repair comes within the days asked for, with the bounds of 90 %. */
      chance: z.number(),
      low: z.number(),
      high: z.number(),
    })
    .optional(),
  /** What the lives of its model say, of the part that is likeliest to fail; for a new machine that is all there is. */
  ofModel: z
    .object({
      itemId: z.string().optional(),
      ageHours: z.number(),
      shape: z.number(),
      scaleHours: z.number(),
      ...{ failures: z.int(), lives: z.int(), machines: z.int() },
      ...{ chance: z.number(), low: z.number(), high: z.number() },
    })
    .optional(),
  /** The same in words. */
  says: z.object({ en: z.string(), zh: z.string() }),
})

/**
 * The outlook from the times of the repairs, in calendar hours. Each repair counts as the end of a life by failure;
 * how long the equipment had worked before the first is not known.
 */
export function repairOutlook(
  repairedAt: readonly string[],
  now: string,
  days: number,
  ofModel?: Wear,
): z.infer<typeof RepairOutlook> {
  const times = [...new Set(repairedAt.map((at) => Date.parse(at) / 3_600_000))].sort((a, b) => a - b)
  const age = Date.parse(now) / 3_600_000 - (times.at(-1) ?? 0)
  const lives: Life[] = times.slice(1).map((time, index) => ({ hours: time - times[index]!, failed: true }))
  const weibull = weibullOf(age > 0 ? [...lives, { hours: age, failed: false }] : lives)
  const known = { repairs: repairedAt.length, hoursSinceRepair: times.length > 0 ? Math.max(age, 0) : undefined }
  const alike = ofModel && { ofModel: shownOf(ofModel) }
  if (!weibull) return { ...known, ...alike, says: ofModel ? ageWords(ofModel, days * 24) : tooFew(repairedAt.length) }
  const { shape, scale: scaleHours } = weibull
  const chance = chanceOfFailure(weibull, known.hoursSinceRepair ?? 0, days * 24)
  return { ...known, ...alike, wear: { shape, scaleHours, ...chance }, says: wordsOf(chance, days, lives.length) }
}

function shownOf({ itemId, age: ageHours, shape, scale: scaleHours, failures, lives, devices, chance }: Wear) {
  return { itemId, ageHours, shape, scaleHours, failures, lives, machines: devices, ...chance }
}

const tooFew = (repairs: number) => ({
  en: `${repairs} repairs are on record; that is too few to tell when the next one is due.`,
  zh: `现有 ${repairs} 次维修记录，尚不足以判断下次维修时间。`,
})

const percent = (part: number) => Math.round(part * 100)

const wordsOf = (
  { chance, low, high }: { chance: number; low: number; high: number },
  days: number,
  count: number,
) => ({
  en: `A repair within ${days} days has a chance of ${percent(chance)} % (90 % between ${percent(low)} % and ${percent(high)} %), judged by ${count} intervals between repairs.`,
  zh: `根据 ${count} 个维修间隔，${days} 天内需要维修的概率为 ${percent(chance)}%（90% 区间：${percent(low)}% 至 ${percent(high)}%）。`,
})
