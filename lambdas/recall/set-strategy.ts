import * as z from 'zod'
import { Contact } from '#domain/partner'
import { CheckLevel, closedAlready, Depth, Recall, recallRefusals } from '#domain/recall'
import { RecallStrategySet } from '#domain/recall-judgement'
import { Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

/** Share of the consignees to check, in percent, where the level gives it (21 CFR 7.42(b)(3)). */
const shareOf: Readonly<Partial<Record<z.infer<typeof CheckLevel>, number>>> = { A: 100, C: 10, D: 2, E: 0 }

const retail = {
  recallId: Recall.sample(),
  depth: 'retail',
  level: 'B',
  percent: 40,
  reason: 'Sold through pharmacies; direct accounts answer well',
} as const

export const handler = command({
  summary: 'Decide how deep a recall reaches, how many consignees are checked, and whom people may ask.',
  route: 'POST /recalls/{recallId}/strategy',
  roles: ['quality'],
  input: z.strictObject({
    recallId: Recall.id,
    depth: Depth,
    level: CheckLevel,
    /** Only for level B: more than 10 and less than 100. */
    percent: z.number().int().min(11).max(99).optional(),
    contact: Contact.optional(),
    reason: Reason,
  }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallStrategySet],
  refuses: {
    ...recallRefusals,
    'percent-misplaced': invalid(
      'Level B needs "percent", its share of the consignees; the other levels have a fixed one. {level} was given.',
      'B 级须填写 “percent”（检查比例），其他级别的比例固定。所填级别为 {level}。',
    ),
  },
  decide: ({ recall }, { recallId, depth, level, percent, contact, reason }, { now, actor }) => {
    const closed = closedAlready(recall)
    if (closed) return closed
    const share = level === 'B' ? percent : shareOf[level]
    if (share === undefined || (level !== 'B' && percent !== undefined)) return refuse('percent-misplaced', { level })
    return RecallStrategySet({
      ...{ recallId, depth, checks: { level, percent: share }, contact, reason },
      ...{ by: actor.sub, at: now },
    })
  },
  examples: [
    { name: 'retail level, 40 % checked', given: { recall: Recall.like() }, when: retail, then: ['RecallStrategySet'] },
    {
      name: 'level B without its share is refused',
      given: { recall: Recall.like() },
      when: { ...retail, percent: undefined },
      then: { refused: 'percent-misplaced' },
    },
  ],
})
