import * as z from 'zod'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { closedAlready, Recall, recallRefusals } from '#domain/recall'
import { RecallBalanceExplained } from '#domain/recall-judgement'
import { Reason } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Explain and sign a quantity that nobody can find; somebody else must close the recall then.',
  route: 'POST /recalls/{recallId}/explanations',
  roles: ['quality'],
  input: z.strictObject({
    recallId: Recall.id,
    lotId: Lot.id,
    /** The consignee where it is missing; left out for a difference in the house. */
    partnerId: Partner.id.optional(),
    /** As the reconciliation shows it: below zero where a count found too much. */
    quantity: z
      .number()
      .min(-1e9)
      .max(1e9)
      .refine((value) => value !== 0 && Number(value.toFixed(6)) === value, 'must not be 0, with at most 6 decimals'),
    reason: Reason,
  }),
  reads: { recall: Recall.at('recallId'), lot: Lot.at('lotId'), partner: Partner.at('partnerId').optional() },
  emits: [RecallBalanceExplained],
  refuses: recallRefusals,
  signs: {
    meaning: {
      en: 'I explain why this quantity will not be found.',
      zh: '本人说明该数量无法找回的原因。',
    },
    record: 'recall',
    unless: ({ recall }) => recall.drill,
  },
  decide: ({ recall }, input, { now, actor }) =>
    closedAlready(recall) ?? RecallBalanceExplained({ ...input, by: actor.sub, at: now }),
  examples: [
    {
      name: 'two sets were thrown away before the notice came',
      given: { recall: Recall.like({ status: 'notified' }), lot: Lot.like(), partner: Partner.like() },
      when: {
        recallId: Recall.sample(),
        lotId: Lot.sample(),
        partnerId: Partner.sample(),
        quantity: 2,
        reason: 'Ward log shows both used on 2026-01-12, before the notice',
      },
      then: ['RecallBalanceExplained'],
    },
  ],
})
