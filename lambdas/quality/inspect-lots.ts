import * as z from 'zod'
import { inspected, Results } from '#domain/inspection'
import { Lot, LotInspected } from '#domain/lot'
import { distinct, Line } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Record the same inspection of many lots or units at once.',
  route: 'POST /inspections',
  roles: ['quality'],
  input: z.strictObject({
    lotIds: z.array(Lot.id).min(1).max(20).refine(distinct, 'must not repeat'),
    results: Results,
    note: Line.optional(),
  }),
  reads: { lots: Lot.at('lotIds[]') },
  emits: [LotInspected],
  refuses: {},
  decide: ({ lots }, { results, note }, { actor, now }) =>
    lots.map((lot) => LotInspected(inspected(lot, results, note, actor, now))),
  examples: [
    {
      name: 'two units passed the same test',
      given: {
        lots: ['SN-1', 'SN-2'].map((serial) => Lot.like({ status: 'quarantine', serial, quantity: 1 })),
      },
      when: {
        lotIds: [Lot.sample(1), Lot.sample(2)],
        results: [{ characteristic: 'Flow rate', found: '5.0 ml/h', passed: true }],
      },
      then: ['LotInspected', 'LotInspected'],
    },
  ],
})
