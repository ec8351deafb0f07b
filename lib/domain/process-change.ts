import * as z from 'zod'
import { entity } from '#kit'
import { Code, Instant, Line, Reason } from './values.ts'

/** A change of method, material, tool or software that product made since then may carry. */
export const ProcessChange = entity('process-change', {
  area: 'master',
  prefix: 'pch',
  node: true,
  state: z.object({
    number: Code,
    title: Line,
    reason: Reason,
    /** What is made from then on carries the change. */
    from: Instant,
    itemIds: z.array(z.string()),
    orderIds: z.array(z.string()),
    lotIds: z.array(z.string()),
    recordedBy: z.string(),
  }),
  example: {
    number: 'PC-26-01',
    title: 'New sealing temperature',
    reason: 'Fewer leaks at 182 C in the validation of January',
    from: '2026-02-01T00:00:00.000Z',
    itemIds: ['itm_00000000000000000000000001'],
    orderIds: [],
    lotIds: [],
    recordedBy: 'usr-quality',
  },
  worklist: () => 'all',
  unique: { number: ({ number }) => number },
})

export const ProcessChangeRecorded = ProcessChange.born(
  'ProcessChangeRecorded',
  z.object({
    processChangeId: ProcessChange.id,
    number: Code,
    title: Line,
    reason: Reason,
    from: Instant,
    itemIds: z.array(z.string()),
    orderIds: z.array(z.string()),
    lotIds: z.array(z.string()),
    recordedBy: z.string(),
  }),
  ({ processChangeId: _, ...recorded }) => recorded,
  {
    edges: ({ processChangeId, from, orderIds, lotIds }) =>
      [...orderIds, ...lotIds].map((to) => ({ kind: 'change', from: processChangeId, to, at: from })),
  },
)
