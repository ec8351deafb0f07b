import * as z from 'zod'
import { Lot, LotReleased } from '#domain/lot'
import { releaseRefusals, unreleasable } from '#domain/release'
import { distinct } from '#domain/values'
import { command } from '#kit'

const passed = { at: '2026-02-02T08:00:00.000Z', by: 'usr-inspector', passed: true, note: '' }
const [first, second] = ['SN-1', 'SN-2'].map((serial) =>
  Lot.like({ status: 'quarantine', serial, quantity: 1, inspections: [passed] }),
)

export const handler = command({
  summary: 'Release many inspected lots or units at once: all of them, or none.',
  route: 'POST /releases',
  roles: ['quality'],
  input: z.strictObject({ lotIds: z.array(Lot.id).min(1).max(20).refine(distinct, 'must not repeat') }),
  reads: { lots: Lot.at('lotIds[]').unfrozen() },
  emits: [LotReleased],
  refuses: releaseRefusals,
  decide: ({ lots }, _, { actor, now }) =>
    lots.map((lot) => unreleasable(lot, actor, now)).find(Boolean) ??
    lots.map(({ id }) => LotReleased({ lotId: id, releasedBy: actor.sub })),
  examples: [
    {
      name: 'two inspected units are released',
      given: { lots: [first, second] },
      when: { lotIds: [Lot.sample(1), Lot.sample(2)] },
      then: ['LotReleased', 'LotReleased'],
    },
    {
      name: 'one that was not inspected keeps the other back',
      given: { lots: [first, { ...second, inspections: [] }] },
      when: { lotIds: [Lot.sample(1), Lot.sample(2)] },
      then: { refused: 'lot-uninspected' },
    },
  ],
})
