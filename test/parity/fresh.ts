import { approved, mayNotify } from '../../lib/domain/approval.ts'
import type { Deciding } from '../../lib/kit/command.ts'
import { crockford } from '../../lib/kit/node.ts'

export type Example = Deciding['examples'][number]

const sampleId = /\b([a-z]{3})_0{18}\d{8}\b/g
const anyId = /\b[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}\b/g
const instant = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g

/** Part of every id of one run, so that runs share nothing and their facts can be found. */
export const tagOf = (run: number) => `PAR1TY${String(run).padStart(12, '0')}`

/** Counted up, so that each id has a node number of its own, far above those that functions lease. */
let numbers = 1_000_000

/** The same example about other things: its sample ids are replaced throughout by ids of this run. */
export function fresh(example: Example, run: number): Example {
  const ids = new Map<string, string>()
  const text = JSON.stringify(example).replace(sampleId, (sample, prefix: string) => {
    if (!ids.has(sample)) ids.set(sample, `${prefix}_${tagOf(run)}${crockford.encode(numbers++, 8)}`)
    return ids.get(sample)!
  })
  const made = JSON.parse(text)
  // An approval that holds is bound to ids too: it must hold for the new ones.
  const { recall } = example.given as any
  if (recall?.approvals?.length > 0 && mayNotify(recall)) made.given.recall = approved(made.given.recall)
  return made
}

/** An answer in which ids made on the way are numbered in their order, so that two runs can be compared. */
export function comparable(answer: unknown, known: string): unknown {
  const made = new Map<string, string>()
  const text = JSON.stringify(answer).replace(anyId, (id) => {
    if (known.includes(id)) return id
    if (!made.has(id)) made.set(id, `${id.slice(0, 4)}new-${made.size + 1}`)
    return made.get(id)!
  })
  return JSON.parse(text)
}

/** An answer without its instants. */
export const timeless = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer).replace(instant, '(instant)'))
