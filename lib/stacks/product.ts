import type { App, StackProps } from 'aws-cdk-lib'
import type { Bundle } from '../build.ts'
import { type Discovered, factsOf } from '../discover.ts'
import type { Entity } from '../kit/entity.ts'
import type { Read } from '../kit/reads.ts'
import { ApiStack } from './api.ts'
import { AreaStack } from './area.ts'
import { DataStack } from './data.ts'
import { EventsStack } from './events.ts'
import type { Surroundings } from './grants.ts'
import { Names } from './names.ts'
import type { Settings } from './settings.ts'

/** What is deployed: the files of `lambdas/`, their bundles, the API document and the state machines. */
export interface Parts {
  readonly found: readonly Discovered[]
  readonly bundles: readonly Bundle[]
  readonly document: object
  /** ASL text of each state machine by its name. */
  readonly machines: ReadonlyMap<string, string>
}

/** Puts the whole product into the app: one stack an area, and the stacks around them. */
export function deploy(app: App, { found, bundles, document }: Parts, settings: Settings): void {
  const names = new Names(settings.name)
  const props: StackProps = settings.region ? { env: { region: settings.region } } : {}
  const data = new DataStack(app, names.stack('data'), props)
  const events = new EventsStack(app, names.stack('events'), { ...props, names, settings })
  const around: Surroundings = {
    settings,
    names,
    entities: entitiesOf(found),
    table: data.table,
    key: data.key,
    bus: events.bus,
  }
  const folders = new Map(bundles.map(({ name, folder }) => [name, folder]))
  const areas = [...Map.groupBy(found, ({ area }) => area)].map(
    ([area, inArea]) => new AreaStack(app, names.stack(area), { ...props, found: inArea, folders, around }),
  )
  const api = new ApiStack(app, names.stack('api'), { ...props, document, roles: rolesOf(found), names, settings })
  // By name, not by reference: see Names.
  for (const area of areas) api.addStackDependency(area)
}

const rolesOf = (found: readonly Discovered[]): string[] =>
  [...new Set(found.flatMap(({ spec }) => ('roles' in spec ? spec.roles : [])))].sort()

function entitiesOf(found: readonly Discovered[]): Entity[] {
  const read = found.flatMap(({ spec }) =>
    Object.values(spec.reads as Record<string, Read>).map(({ entity }) => entity),
  )
  return [...new Set([...read, ...factsOf(found).map(({ entity }) => entity)])].sort((a, b) => (a.key < b.key ? -1 : 1))
}
