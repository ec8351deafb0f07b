import * as z from 'zod'
import { Equipment } from '#domain/equipment'
import { Lot } from '#domain/lot'
import { Contact, Partner } from '#domain/partner'
import { Depth, Recall, RecallOpened, Source } from '#domain/recall'
import { Seeds, seedNodes, seedReads, seedRefusals } from '#domain/seeds'
import { SupplierLot, SupplierLotNamed } from '#domain/supplier-lot'
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
    /** Lots that are known to be good although suspicion would reach them. */
    exclusions: z
      .array(z.strictObject({ lotId: Lot.id, reason: Reason }))
      .max(20)
      .default([]),
  }),
  reads: { ...seedReads, excluded: Lot.at('exclusions[].lotId') },
  emits: [RecallOpened, SupplierLotNamed],
  refuses: seedRefusals,
  signs: {
    meaning: {
      en: 'I open this recall: what it names, and all that came of it, is frozen at once.',
      zh: '本人决定启动本次召回：所列对象及其衍生产品立即冻结。',
    },
    unless: (_, { drill }) => drill,
  },
  decide: (states, { seeds, exclusions, ...rest }, context) => {
    const { nodes, facts } = seedNodes(seeds, states, context)
    if (nodes.length === 0) return refuse('seed-missing')
    const both = exclusions.find(({ lotId }) => nodes.includes(lotId))
    if (both) return refuse('seed-excluded', { lotId: both.lotId })
    const { now, actor, newId } = context
    const grounds = exclusions.map((one) => ({ ...one, by: actor.sub, at: now }))
    const opened = { recallId: newId(Recall), ...rest, seeds: nodes, exclusions: grounds, openedAt: now, by: actor.sub }
    return [RecallOpened(opened), ...facts]
  },
  examples: [
    {
      name: 'a drill from a supplier lot',
      given: {
        suppliers: [Partner.like({ roles: ['supplier'] })],
        supplierLots: [{ id: SupplierLot.sample(), ...SupplierLot.like({ number: 'BC-77' }) }],
      },
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
      name: 'a recall of a supplier lot before any of it came',
      given: { suppliers: [Partner.like({ roles: ['supplier'] })] },
      when: {
        title: 'Battery cells',
        reason: 'Supplier told us of leaks',
        drill: false,
        seeds: { supplierLots: [{ supplierId: Partner.sample(), supplierLot: 'BC-78' }] },
      },
      then: ['RecallOpened', 'SupplierLotNamed'],
    },
    {
      name: 'a machine ran too hot for an hour',
      given: { machines: [Equipment.like()] },
      when: {
        ...{ title: 'Sealer 2 too hot', reason: 'Seals may leak', drill: true },
        seeds: {
          equipmentIntervals: [
            {
              ...{ equipmentId: Equipment.sample() },
              ...{ from: '2026-02-02T08:00:00.000Z', until: '2026-02-02T09:00:00.000Z' },
            },
          ],
        },
      },
      then: ['RecallOpened'],
    },
    {
      name: 'one lot is known to be good',
      given: { lots: [Lot.like()], excluded: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        seeds: { lotIds: [Lot.sample()] },
        exclusions: [{ lotId: Lot.sample(2), reason: 'Made of it, but tested 100 % and good' }],
      },
      then: ['RecallOpened'],
    },
    {
      name: 'what is suspect is not excluded',
      given: { lots: [Lot.like()], excluded: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        seeds: { lotIds: [Lot.sample()] },
        exclusions: [{ lotId: Lot.sample(), reason: 'Looks good to me' }],
      },
      then: { refused: 'seed-excluded' },
    },
    {
      name: 'a recall from nothing is refused',
      given: {},
      when: { title: 'Empty', reason: 'No seed given', drill: true, seeds: {} },
      then: { refused: 'seed-missing' },
    },
  ],
})
