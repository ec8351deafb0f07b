import * as z from 'zod'
import { type LedgerFact, reaction } from '#kit'

const fact: LedgerFact = {
  ...{ entity: 'lot', entityId: 'lot_00000000000000000000000001', version: 2, area: 'warehouse', type: 'LotHeld' },
  data: { lotId: 'lot_00000000000000000000000001', reason: 'Particles found' },
  at: '2026-03-02T08:00:00.000Z',
  by: { sub: 'usr-example', name: 'Example User' },
  ...{ command: 'quality/hold-lot', request: 'req-1', previous: '0a1b', hash: '2c3d' },
}

export const handler = reaction({
  summary: 'Pass every fact from the ledger to the bus, in order for each entity; one may come twice.',
  on: 'facts',
  input: z.object({ facts: z.array(z.custom<LedgerFact>()) }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['bus'],
  perform: (_, { facts }, { bus }) => bus.publish(facts),
  decide: () => [],
  examples: [{ name: 'a hold goes out', given: {}, when: { facts: [fact] }, then: [] }],
})
