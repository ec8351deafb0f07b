import * as z from 'zod'
import { Contact, Partner } from '#domain/partner'
import { Depth, Recall, RecallOpened, Source } from '#domain/recall'
import { Seeds, seedNodes, seedReads, seedRefusals } from '#domain/seeds'
import { Line, Reason } from '#domain/values'
import { command, refuse } from '#kit'

export const handler = command({
  summary: 'Open a recall or a drill; scope, freeze and notices follow by themselves.',
  route: 'POST /recalls',
  roles: ['quality'],
  input: z.strictObject({
    title: Line,
    reason: Reason,
    drill: z.boolean(),
    source: Source.default({ kind: 'person' }),
    contact: Contact.optional(),
    depth: Depth.optional(),
    seeds: Seeds,
  }),
  reads: seedReads,
  emits: [RecallOpened],
  refuses: seedRefusals,
  decide: (_, { seeds, ...rest }, { now, newId }) => {
    const nodes = seedNodes(seeds)
    if (nodes.length === 0) return refuse('seed-missing')
    return RecallOpened({ recallId: newId(Recall), ...rest, seeds: nodes, openedAt: now })
  },
  examples: [
    {
      name: 'a drill from a supplier lot',
      given: { suppliers: [Partner.like({ roles: ['supplier'] })] },
      when: {
        title: 'Drill: battery cells',
        reason: 'Yearly recall drill',
        drill: true,
        source: { kind: 'supplier-notice', reference: 'SN-17' },
        seeds: { supplierLots: [{ supplierId: Partner.sample(), supplierLot: 'BC-77' }] },
      },
      then: ['RecallOpened'],
    },
    {
      name: 'a recall from nothing is refused',
      given: {},
      when: { title: 'Empty', reason: 'No seed given', drill: true, seeds: {} },
      then: { refused: 'seed-missing' },
    },
  ],
})
