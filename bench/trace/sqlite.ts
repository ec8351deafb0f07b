import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Engine, timed } from './engine.ts'
import type { Graph } from './history.ts'
import type { Direction } from './truth.ts'

const reach = (here: string, next: string) =>
  `WITH RECURSIVE reached (number) AS (SELECT ? UNION SELECT ${next} FROM edge JOIN reached ON ${here} = number)
   SELECT number FROM reached`

/** A recursive query of SQLite on a file, both directions indexed so that no row of the table itself is read. */
export function sqlite(graph: Graph, folder: string): Engine {
  const database = new DatabaseSync(join(folder, 'edges.sqlite'))
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
    CREATE TABLE edge (parent INTEGER, child INTEGER, PRIMARY KEY (parent, child)) WITHOUT ROWID; BEGIN`)
  const insert = database.prepare('INSERT OR IGNORE INTO edge VALUES (?, ?)')
  for (let edge = 0; edge < graph.length; edge += 1) insert.run(graph.from[edge]!, graph.to[edge]!)
  database.exec('COMMIT; CREATE INDEX upward ON edge (child, parent); ANALYZE')
  const queries = { forward: reach('parent', 'child'), backward: reach('child', 'parent') }
  const prepared = Object.fromEntries(
    Object.entries(queries).map(([direction, query]) => {
      const statement = database.prepare(query)
      statement.setReturnArrays(true)
      return [direction, statement]
    }),
  ) as Record<Direction, ReturnType<DatabaseSync['prepare']>>
  return {
    name: 'sqlite',
    says: 'recursive UNION, node:sqlite on a file, its pages in memory',
    async trace(seed, direction) {
      const rows = () => prepared[direction].all(seed) as unknown as [number][]
      const took = await timed(() => Uint32Array.from(rows(), ([number]) => number))
      return { ...took, calls: 1, rounds: 1, readUnits: 0, bytes: 0 }
    },
    stop: async () => database.close(),
  }
}
