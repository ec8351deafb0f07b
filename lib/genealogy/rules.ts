import type { Route, Walk } from './arrivals.ts'
import { type Span, Times, type Trust } from './times.ts'
import type { UnitMaps } from './unit-map.ts'

/** Which rule decided the grade of a node. */
export type Rule =
  /** Confirmed: named as a seed; was in a suspect pack; came from it directly. */
  | 'seed'
  | 'in-pack'
  | 'direct'
  /** Confirmed inside an order (`unit-map` also excludes: the map names another lot of the item). */
  | 'unit-map'
  | 'only-source'
  | 'only-output'
  /** Possible. */
  | 'no-unit-map'
  | 'withdrawn'
  | 'posted-before'
  /** Excluded: it happened before the suspect came, outside the seed's window, or after it had left the pack. */
  | 'before-arrival'
  | 'outside-window'
  | 'left-pack'
  | 'excluded-by-person'

/** A confirmed way: the rule of its last step. */
export function ruleOfConfirmed(route: Route, walk: Walk): Rule {
  const last = route.edges.length - 1
  if (last < 0) return 'seed'
  if (isUnpacking(route, walk, last)) return 'in-pack'
  const rule = pairRule(route, walk, last)
  return rule === 'other-unit-map' ? 'unit-map' : (rule ?? 'direct')
}

/** A possible way: its first doubt. */
export function ruleOfPossible(route: Route, walk: Walk): Rule {
  const late = firstOutOfTime(route, walk, 'all')
  for (const step of route.edges.keys()) {
    const rule = pairRule(route, walk, step)
    if (rule === 'no-unit-map' || rule === 'withdrawn') return rule
    if (step === late?.step) return 'posted-before'
  }
  throw new Error(`The way to ${numberAt(route, walk)} holds by every rule, yet it was graded possible.`)
}

/** A way that does not hold: where it breaks first. */
export function ruleOfExcluded(route: Route, walk: Walk): Rule {
  const late = firstOutOfTime(route, walk, 'stated')
  for (const step of route.edges.keys()) {
    if (pairRule(route, walk, step) === 'other-unit-map') return 'unit-map'
    if (step === late?.step) return late.rule
  }
  throw new Error(`The way to ${numberAt(route, walk)} holds, yet it was graded excluded.`)
}

const numberAt = ({ places }: Route, { part }: Walk) => `node ${part.numbers[places.at(-1)!]}`

/** How a step and the one before it hang together inside an order; undefined where they meet elsewhere. */
function pairRule({ edges, places }: Route, walk: Walk, step: number): ReturnType<UnitMaps['ruleOf']> | undefined {
  const { part, maps, direction } = walk
  if (step === 0) return undefined
  const [first, second] = [edges[step - 1]!, edges[step]!]
  const [consumption, output] = direction === 'forward' ? [first, second] : [second, first]
  const meet = places[step]
  if (!maps.governs(consumption) || part.to[consumption] !== meet || part.from[output] !== meet) return undefined
  return maps.ruleOf(consumption, output)
}

/** A step from a pack to what was in it; only a route that begins at a pack has such, and only at its beginning. */
const isUnpacking = ({ edges, places }: Route, { part, direction }: Walk, step: number) =>
  direction === 'forward' && part.to[edges[step]!] === places[step] && part.from[edges[step]!] === places[step + 1]

/** The first step at which these times forbid to go on. */
function firstOutOfTime(
  route: Route,
  walk: Walk,
  trust: Trust,
): { readonly step: number; readonly rule: Rule } | undefined {
  const times = new Times(walk.part, walk.direction, trust)
  let span: Span = times.window(route.start.from, route.start.until)
  for (const [step, edge] of route.edges.entries()) {
    const unpacked = step > 0 && isUnpacking(route, walk, step - 1) && !isUnpacking(route, walk, step)
    if (unpacked) span = { arrival: span.arrival, limit: Number.POSITIVE_INFINITY }
    const inTime = times.inTime(edge, span.arrival)
    if (!inTime || !times.stillThere(edge, span.limit)) {
      if (step === 0 || isUnpacking(route, walk, step)) return { step, rule: 'outside-window' }
      return { step, rule: inTime ? 'left-pack' : 'before-arrival' }
    }
    span = { arrival: times.arrivalAfter(edge, span.arrival), limit: times.limitAfter(edge, span.limit) }
  }
  return undefined
}
