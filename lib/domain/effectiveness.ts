import * as z from 'zod'
import { sha256 } from '#kit'
import type { RecallState } from './recall.ts'

/** How a consignee was asked whether the recall reached it (21 CFR 7.42(b)(3)). */
export const CheckWay = z.enum(['visit', 'phone', 'letter', 'other'])

/** What a check of one consignee found. */
export const Check = z.object({
  way: CheckWay,
  /** The consignee got the notice. */
  notified: z.boolean(),
  /** It did what the notice asks for. */
  acted: z.boolean(),
  /** Something of it was still in use or on sale. */
  stillInUse: z.boolean(),
})

/**
 * The consignees to check: a share of them, rounded up, picked by the hash of a seed and their id. Whoever has the seed
 * and the list of consignees draws the same sample again.
 */
export function sampleOf(consignees: readonly string[], percent: number, seed: string): string[] {
  const ranked = [...new Set(consignees)].map((id) => ({ id, rank: sha256(`${seed} ${id}`) }))
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  return ranked.slice(0, Math.ceil((ranked.length * percent) / 100)).map(({ id }) => id)
}

/** SHA-256 of the consignees among whom a sample was drawn; another list has another one. */
export const populationOf = (consignees: readonly string[]) => sha256([...new Set(consignees)].sort().join('\n'))

type Found = z.infer<typeof Check> | undefined

const passed = ({ notified, acted, stillInUse }: z.infer<typeof Check>) => notified && acted && !stillInUse

/**
 * Draws a sample again and says what its checks found so far: one that failed says enough. A sample that was drawn among
 * others than the consignees of today says nothing.
 */
export function effectivenessOf(
  sample: RecallState['sample'],
  consignees: readonly string[],
  checkOf: (partnerId: string) => Found,
) {
  const current = sample !== undefined && sample.population === populationOf(consignees)
  const picked = sample ? sampleOf(consignees, sample.percent, sample.seed) : []
  const done = picked.flatMap((partnerId) => checkOf(partnerId) ?? [])
  const failed = done.filter((check) => !passed(check)).length
  const open = !current || done.length < picked.length
  const verdict = failed > 0 ? 'ineffective' : open ? 'open' : 'effective'
  return { current, picked, sampled: picked.length, checked: done.length, failed, verdict } as const
}
