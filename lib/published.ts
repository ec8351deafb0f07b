import { type Discovered, factsOf } from './discover.ts'

/** Names that others outside rely on: once published, they stay. */
interface Published {
  readonly routes: readonly string[]
  readonly facts: readonly string[]
}

const parse = (text: string): Published => (text ? JSON.parse(text) : { routes: [], facts: [] })

const now = (found: readonly Discovered[]): Published => ({
  routes: found.flatMap(({ spec }) => ('route' in spec ? [spec.route] : [])).sort(),
  facts: factsOf(found)
    .filter(({ kept }) => kept)
    .map(({ type }) => type),
})

/** Everything that was ever published, with what is new. */
export function published(found: readonly Discovered[], before: string): Published {
  const [old, current] = [parse(before), now(found)]
  const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort()
  return { routes: union(old.routes, current.routes), facts: union(old.facts, current.facts) }
}

/** Published names that no file provides any more. */
export function vanished(found: readonly Discovered[], before: string): string[] {
  const [old, current] = [parse(before), now(found)]
  return [
    ...old.routes.filter((route) => !current.routes.includes(route)),
    ...old.facts.filter((fact) => !current.facts.includes(fact)),
  ]
}
