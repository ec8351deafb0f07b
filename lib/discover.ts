import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { portsOf, type Spec } from './kit/command.ts'
import type { FactType } from './kit/entity.ts'
import type { PortName } from './kit/ports.ts'
import { roundsOf } from './kit/reads.ts'

/** One file of `lambdas/`, with the spec it exports and the names that follow from its place. */
export interface Discovered {
  /** `area/verb-noun`, unique. */
  readonly name: string
  readonly area: string
  /** Path from the project's root. */
  readonly file: string
  readonly spec: Spec
  /** Commands that it dispatches. */
  readonly dispatched: readonly Discovered[]
}

/** Finds every command, query, reaction and task; refuses what would collide or could not run. */
export async function discover(root: string): Promise<Discovered[]> {
  const files = globSync('lambdas/*/*.ts', { cwd: root }).sort()
  const found = await Promise.all(
    files.map(async (file): Promise<Discovered> => {
      const { handler } = await import(pathToFileURL(`${root}/${file}`).href)
      const area = basename(dirname(file))
      if (!handler?.kind) throw new Error(`${file} must export "handler", made by command, query, reaction or task.`)
      return { name: `${area}/${basename(file, '.ts')}`, area, file, spec: handler, dispatched: [] }
    }),
  )
  for (const one of found) Object.assign(one, { dispatched: dispatchedBy(one, found) })
  for (const one of found) check(one)
  refuseTwins(found, 'route', ({ spec }) => ('route' in spec ? spec.route.replaceAll(/\{\w+\}/g, '{}') : undefined))
  const factTypes = factsOf(found)
  refuseTwins(
    factTypes.map((fact) => ({ name: fact.type, fact })),
    'fact',
    ({ name }) => name,
  )
  return found
}

function dispatchedBy({ file, spec }: Discovered, found: readonly Discovered[]): Discovered[] {
  const names = (spec.kind === 'reaction' && spec.dispatches) || []
  return names.map((name) => {
    const one = found.find((each) => each.name === name && each.spec.kind === 'command')
    if (!one) throw new Error(`${file} dispatches "${name}", and no file in lambdas/ is a command of that name.`)
    return one
  })
}

/** Every port that a function binds, also for the commands that it dispatches. */
export const portsFor = ({ spec, dispatched }: Discovered): PortName[] => [
  ...new Set([spec, ...dispatched.map((one) => one.spec)].flatMap(portsOf)),
]

/** Every fact type that any of these emits, once each. */
export function factsOf(found: readonly Discovered[]): FactType[] {
  const emitted = found.flatMap(({ spec }) => (spec.kind === 'query' ? [] : [...spec.emits]))
  return [...new Set<FactType>(emitted)].sort((a, b) => (a.type < b.type ? -1 : 1))
}

function refuseTwins<T extends { name: string }>(
  all: readonly T[],
  what: string,
  keyFor: (one: T) => string | undefined,
) {
  const owners = new Map<string, T>()
  for (const one of all) {
    const value = keyFor(one)
    const twin = value === undefined ? undefined : owners.get(value)
    if (twin) throw new Error(`${twin.name} and ${one.name} share the ${what} "${value}". Rename one of them.`)
    if (value !== undefined) owners.set(value, one)
  }
}

function check({ file, spec }: Discovered) {
  const fail = (what: string) => {
    throw new Error(`${file}: ${what}`)
  }
  roundsOf(spec.reads)
  if (spec.kind !== 'command' && spec.kind !== 'query') return
  if (!(spec.input instanceof z.ZodObject) || !(spec.input.def.catchall instanceof z.ZodNever))
    fail('"input" must be a z.strictObject, so that unknown fields are refused.')
  for (const [, parameter] of spec.route.matchAll(/\{(\w+)\}/g))
    if (!(parameter! in spec.input.shape)) fail(`the route's {${parameter}} is not a field of "input".`)
}
