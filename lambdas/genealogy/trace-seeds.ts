import * as z from 'zod'
import { ruleOf } from '#domain/condition'
import { summaryOf, TraceSummary, traceInput, traceReads, traceRequest } from '#domain/trace'
import { PlaceCount } from '#domain/whereabouts'
import { placesOf, unknownNode } from '#genealogy'
import { query } from '#kit'
import { evidenceFor } from '#recall'

export const handler = query({
  summary: 'Trace what is suspect to all it touches or comes from: how many of what, how sure, at whom and where.',
  route: 'POST /traces',
  roles: ['quality', 'production', 'warehouse', 'service', 'logistics', 'purchasing', 'auditor'],
  input: z.strictObject(traceInput),
  reads: traceReads,
  uses: ['genealogy', 'table'],
  refuses: ['entity-unknown', 'input-invalid'],
  output: TraceSummary.extend({
    /** Where it is now; absent where too many lots are touched: then the pages of the list tell it. */
    places: z.array(PlaceCount).optional(),
  }),
  run: async (states, input, { genealogy, table }, { now }) => {
    const unknown = await unknownNode(input.exclude, 'exclude', table)
    if (unknown) return unknown
    const evidence = await evidenceFor(input.seeds.conditions, states.watchers, { table }, now)
    if ('refusal' in evidence) return ruleOf(evidence)
    const traced = await genealogy.trace(traceRequest(states, input, evidence))
    return { ...summaryOf(traced), places: await placesOf(traced, table) }
  },
})
