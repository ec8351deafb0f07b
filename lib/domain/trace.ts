import * as z from 'zod'
import type { Traced, TraceRequest } from '#kit'
import type { Evidence } from './condition.ts'
import { entityOfNode, NodeId } from './nodes.ts'
import { nodesOf, Seeds, seedOf, seedReads, supplierLotsIn } from './seeds.ts'
import { SupplierLot } from './supplier-lot.ts'
import { distinct, Instant } from './values.ts'

export const asOf = Instant.optional().describe(
  'Only what was recorded by then; with it a list is read to its end however much is recorded meanwhile',
)

/** What a trace is asked. */
export const traceInput = {
  seeds: Seeds.refine((seeds) => Object.values(seeds).some(({ length }) => length > 0), 'must name at least one thing'),
  direction: z.enum(['forward', 'backward']).default('forward'),
  exclude: z
    .array(NodeId)
    .max(100)
    .refine(distinct, 'must name each once')
    .default([])
    .describe('What a person ruled out; the trace does not go through it'),
  asOf,
}

/** What is read to be sure that everything named exists. */
export const traceReads = {
  ...seedReads,
  supplierLots: SupplierLot.by('number', ({ seeds }: { seeds: Seeds }) => supplierLotsIn(seeds)),
}

type TraceInput = z.infer<z.ZodObject<typeof traceInput>>

/** The same in the words of the genealogy. */
export function traceRequest(
  { supplierLots }: { readonly supplierLots: readonly { readonly id: string }[] },
  { seeds, ...rest }: TraceInput,
  evidence: readonly Evidence[],
): TraceRequest {
  const supplied = supplierLots.map(({ id }) => id)
  return { ...rest, seeds: nodesOf(seeds, supplied, evidence).map(seedOf) }
}

/** The compact answer of a trace. */
export const TraceSummary = z.object({
  /** Nodes by what they are (`lot`, `order`, `shipment`, ...) and grade. */
  counts: z.array(z.object({ kind: z.string(), grade: z.enum(['confirmed', 'possible', 'excluded']), count: z.int() })),
  /** Partners who got (`ship`, `install`) or delivered (`receive`) something of it. */
  parties: z.array(z.object({ partnerId: z.string(), kind: z.string(), edges: z.int() })),
  /** How many groups of nodes came from each other, e.g. by rework; the trace ends there. */
  loopCount: z.int(),
  /** These groups; absent where they are long: then each node of the list names its own by number. */
  loops: z.array(z.array(z.string())).optional(),
  /** Nothing was left out. */
  complete: z.literal(true),
  /** SHA-256 of what is confirmed or possible: equal answers have equal fingerprints. */
  fingerprint: z.string(),
  /** Stored parts that were missing or damaged; what they held was taken from the ledger's edges. */
  repaired: z.array(z.string()),
})

/** Nodes of loops that the compact answer shows. */
const shownAtOnce = 1000
const sizeOf = (loops: Traced['loops']) => loops.reduce((sum, loop) => sum + loop.length, 0)

export const summaryOf = ({ counts, parties, loops, complete, fingerprint, repaired }: Traced) => ({
  counts: counts.map(({ prefix, ...rest }) => ({ kind: entityOfNode(prefix)?.name ?? prefix, ...rest })),
  parties: [...parties],
  loopCount: loops.length,
  ...(sizeOf(loops) > shownAtOnce ? {} : { loops: loops.map((loop) => [...loop]) }),
  ...{ complete, fingerprint, repaired: [...repaired] },
})
