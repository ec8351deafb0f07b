import type { Genealogy } from '#kit'
import { reachIn, traceIn } from '../genealogy/answer.ts'
import { dynamo, tableName } from './dynamo.ts'
import { type Client, GenealogyStore } from './genealogy-store.ts'
import { Views } from './genealogy-view.ts'

/** The genealogy in a table that is reached through this client; it keeps what it decoded. */
export function genealogyOver(client: Client, name: () => string): Genealogy {
  const views = new Views(new GenealogyStore(client, name))
  return {
    reach: (request) => views.over(async (view) => reachIn(view, request)),
    trace: (request) => views.over((view) => traceIn(view, request)),
  }
}

/** The genealogy of the one table. */
export const genealogy: Genealogy = genealogyOver(dynamo, tableName)
