import * as z from 'zod'
import type { Loaded } from '#kit'
import type { ServiceOrderState } from './service-order.ts'
import type { TechnicianState } from './technician.ts'

/** A technician, and how well the person fits an order. */
export const Candidate = z.object({
  technicianId: z.string(),
  code: z.string(),
  name: z.string(),
  hasSkill: z.boolean(),
  inRegion: z.boolean(),
  /** Wanted parts of which the person has too few on hand. */
  missing: z.array(z.object({ itemId: z.string(), quantity: z.number() })),
})

export type Candidate = z.infer<typeof Candidate>

/** Quantities of usable stock by technician and item. */
export type OnHand = ReadonlyMap<string, ReadonlyMap<string, number>>

export const fits = ({ hasSkill, inRegion }: Candidate) => hasSkill && inRegion

/** Technicians for an order: first who fits, of those who has the parts, and then by code, so that the choice is always the same. */
export function candidatesFor(
  { skill, region, wantedParts }: Pick<ServiceOrderState, 'skill' | 'region' | 'wantedParts'>,
  technicians: readonly Loaded<TechnicianState>[],
  onHand: OnHand,
): Candidate[] {
  const all = technicians.map(
    ({ id: technicianId, code, name, skills, regions }): Candidate => ({
      ...{ technicianId, code, name },
      hasSkill: skill === undefined || skills.includes(skill),
      inRegion: region === undefined || regions.includes(region),
      missing: wantedParts.flatMap(({ itemId, quantity: wanted }) => {
        const quantity = wanted - (onHand.get(technicianId)?.get(itemId) ?? 0)
        return quantity > 0 ? [{ itemId, quantity }] : []
      }),
    }),
  )
  const rank = (one: Candidate) => [fits(one) ? 0 : 1, one.missing.length, one.code] as const
  return all.sort((a, b) => {
    const [[unfitA, missingA, codeA], [unfitB, missingB, codeB]] = [rank(a), rank(b)]
    return unfitA - unfitB || missingA - missingB || (codeA < codeB ? -1 : 1)
  })
}
