import * as z from 'zod'
import { ruleOf } from '#domain/condition'
import { traceInput, traceReads, traceRequest } from '#domain/trace'
import { LocatedNode } from '#domain/whereabouts'
import { locate, nodesAtOnce, unknownNode } from '#genealogy'
import { Cursor, query } from '#kit'
import { evidenceFor } from '#recall'

export const handler = query({
  summary:
    'List everything that a trace touches, a page a time: how sure, by which path and rule, and where it is now.',
  route: 'POST /traces/nodes',
  roles: ['quality', 'production', 'warehouse', 'service', 'logistics', 'purchasing', 'auditor'],
  input: z.strictObject({ ...traceInput, cursor: Cursor.optional() }),
  reads: traceReads,
  uses: ['genealogy', 'table'],
  refuses: ['entity-unknown', 'input-invalid'],
  output: z.object({
    nodes: z.array(LocatedNode),
    /** Where the next page begins; absent on the last page: then nothing was left out. */
    next: z.string().optional(),
  }),
  run: async (states, { cursor, ...input }, { genealogy, table }, { now }) => {
    const unknown = await unknownNode(input.exclude, 'exclude', table)
    if (unknown) return unknown
    const evidence = await evidenceFor(input.seeds.conditions, states.watchers, { table }, now)
    if ('refusal' in evidence) return ruleOf(evidence)
    const { items, next } = (await genealogy.trace(traceRequest(states, input, evidence))).page(cursor, nodesAtOnce)
    return { nodes: await locate(items, table), next }
  },
})
