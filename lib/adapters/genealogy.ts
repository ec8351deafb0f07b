import type { Genealogy, Traced, TraceRequest } from '#kit'
import { reachIn, traceIn } from '../genealogy/answer.ts'
import { subjectOf } from '../genealogy/traced.ts'
import type { View } from '../genealogy/view.ts'
import { dynamo, tableName } from './dynamo.ts'
import { type Client, GenealogyStore } from './genealogy-store.ts'
import { Views } from './genealogy-view.ts'

/**
 * The genealogy in a table that is reached through this client. It keeps what it decoded, and the last answer, so that
 * the pages of a long one do not each trace anew: while the view is the same one, nothing was recorded since.
 */
export function genealogyOver(client: Client, name: () => string): Genealogy {
  const views = new Views(new GenealogyStore(client, name))
  let last: { readonly view: View; readonly about: string; readonly traced: Traced } | undefined
  const answer = async (view: View, request: TraceRequest) => {
    const about = subjectOf(request)
    if (last?.view === view && last.about === about) return last.traced
    // It goes before the next is made: two long answers are much memory.
    last = undefined
    const traced = await traceIn(view, request)
    last = { view, about, traced }
    return traced
  }
  return {
    reach: (request) => views.over(async (view) => reachIn(view, request)),
    trace: (request) => views.over((view) => answer(view, request)),
  }
}

/** The genealogy of the one table. */
export const genealogy: Genealogy = genealogyOver(dynamo, tableName)
