import { adjacency } from './adjacency.ts'
import type { Engine, EngineName } from './engine.ts'
import type { Graph } from './history.ts'
import { memory } from './memory.ts'
import { findPostgres, postgres } from './postgres.ts'
import { segments } from './segments.ts'
import { sqlite } from './sqlite.ts'

/** Loads a graph into the engines asked for, of which `segments` leaves the last `tail` edges unsealed; `say` hears of one that this machine lacks. */
export async function openEngines(
  graph: Graph,
  names: readonly EngineName[],
  { folder, port, tail }: { readonly folder: string; readonly port: number; readonly tail: number },
  say: (line: string) => void,
): Promise<Engine[]> {
  const engines: Engine[] = []
  if (names.includes('segments')) engines.push(await segments(graph, tail, folder, port + 1))
  const lists = names.filter((name) => name === 'query' || name === 'adjacency')
  if (lists.length > 0) engines.push(...(await adjacency(graph, folder, port, lists)))
  if (names.includes('sqlite')) engines.push(sqlite(graph, folder))
  if (names.includes('postgres')) {
    const programs = findPostgres()
    if (programs) engines.push(await postgres(graph, folder, programs))
    else say('postgres: left out, no server is installed here (apt-get install postgresql, or pg_config on the PATH)')
  }
  if (names.includes('memory')) engines.push(memory(graph))
  return engines
}
