import * as z from 'zod'
import { summaryOf, TraceSummary, traceInput, traceReads, traceRequest } from '#domain/trace'
import { PlaceCount } from '#domain/whereabouts'
import { placesOf, unknownNode } from '#genealogy'
import { query } from '#kit'

export const handler = query({
  summary: 'Trace what is suspect to all it touches or comes from: how many of what, how sure, at whom and where.',
  route: 'POST /traces',
  roles: ['quality', 'production', 'warehouse', 'service', 'logistics', 'purchasing', 'auditor'],
  input: z.strictObject(traceInput),
  reads: traceReads,
  uses: ['genealogy', 'table'],
  refuses: ['entity-unknown'],
  output: TraceSummary.extend({
    /** Where it is now; absent where too many lots are touched: then the pages of the list tell it. */
    places: z.array(PlaceCount).optional(),
  }),
  run: async (states, input, { genealogy, table }) => {
    const unknown = await unknownNode(input.exclude, 'exclude', table)
    if (unknown) return unknown
    const traced = await genealogy.trace(traceRequest(states, input))
    return { ...summaryOf(traced), places: await placesOf(traced, table) }
  },
})
