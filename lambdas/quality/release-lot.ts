import * as z from 'zod'
import { Lot, LotReleased } from '#domain/lot'
import { releaseRefusals, unreleasable } from '#domain/release'
import { command } from '#kit'

const passed = { at: '2026-02-02T08:00:00.000Z', by: 'usr-inspector', passed: true, note: '' }
const waiting = (changes: Parameters<typeof Lot.like>[0] = {}) =>
  Lot.like({ status: 'quarantine', inspections: [passed], ...changes })

export const handler = command({
  summary: 'Let an inspected lot be used and shipped; nobody releases what they made or received.',
  route: 'POST /lots/{lotId}/release',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id }),
  reads: { lot: Lot.at('lotId').unfrozen() },
  emits: [LotReleased],
  refuses: releaseRefusals,
  decide: ({ lot }, { lotId }, { actor, now }) =>
    unreleasable(lot, actor, now) ?? LotReleased({ lotId, releasedBy: actor.sub }),
  examples: [
    {
      name: 'an inspected lot is released',
      given: { lot: waiting() },
      when: { lotId: Lot.sample() },
      then: ['LotReleased'],
    },
    {
      name: 'a held lot stays held',
      given: { lot: waiting({ status: 'held', heldFrom: 'quarantine', hold: 'Particles found' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-held' },
    },
    {
      name: 'a rejected lot does not come back',
      given: { lot: waiting({ status: 'rejected' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-not-in-quarantine' },
    },
    {
      name: 'nobody releases what they received',
      given: { lot: waiting({ bornBy: 'usr-example' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'released-by-its-maker' },
    },
    {
      name: 'an expired lot is not released',
      given: { lot: waiting({ expires: '2020-01-31' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-expired' },
    },
    {
      name: 'nothing is released unseen',
      given: { lot: waiting({ inspections: [] }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-uninspected' },
    },
    {
      name: 'the last inspection decides',
      given: { lot: waiting({ inspections: [passed, { ...passed, passed: false, note: 'Seal leaks' }] }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'inspection-failed' },
    },
  ],
})
