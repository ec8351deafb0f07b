import type { Deciding } from '../../lib/kit/command.ts'
import { keys } from '../../lib/kit/keys.ts'
import { idsOf, roundsOf } from '../../lib/kit/reads.ts'
import type { MemoryTable } from './memory.ts'

/** Puts what an example takes as given into the table, at the ids that its reads resolve to. */
export function install(table: MemoryTable, spec: Deciding, example: Deciding['examples'][number]) {
  const input = spec.input.parse(example.when)
  const states: Record<string, any> = {}
  for (const round of roundsOf(spec.reads))
    for (const [name, read] of round) {
      const given = (example.given as any)[name]
      if (given === undefined) continue
      const list = Array.isArray(given) ? given : [given]
      // What is found by a natural key says its id itself.
      const ids = read.keys ? list.map((one) => one?.id) : idsOf(read, input, states)
      for (const [index, key] of (read.keys?.of(input, states) ?? []).entries())
        if (key && ids[index]) table.items.set(keys.unique(read.entity, read.keys!.field, key), ids[index])
      states[name] = given
      for (const [index, state] of list.entries())
        if (ids[index]) table.given(read.entity, { ...state, id: ids[index] })
    }
  for (const [lotId, places] of Object.entries(example.stock ?? {}))
    for (const [place, quantity] of Object.entries(places))
      table.givenStock(lotId, 'itm_00000000000000000000000001', place, quantity)
}
