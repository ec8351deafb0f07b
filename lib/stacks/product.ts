import type { App } from 'aws-cdk-lib'
import type { Built } from '../build.ts'
import { type Discovered, factsOf } from '../discover.ts'
import type { Entity } from '../kit/entity.ts'
import type { Read } from '../kit/reads.ts'
import { ApiStack } from './api.ts'
import { AreaStack } from './area.ts'
import { DataStack } from './data.ts'
import { DeviceGatewayStack } from './device-gateway.ts'
import { EventsStack } from './events.ts'
import { LakeStack } from './lake.ts'
import { MachinesStack } from './machines.ts'
import { Names } from './names.ts'
import { ObservabilityStack } from './observability.ts'
import { SeriesStack } from './series.ts'
import type { Settings } from './settings.ts'

/** What is deployed: the files of `lambdas/`, their bundles, the API document and the state machines. */
export interface Parts extends Built {
  readonly found: readonly Discovered[]
  readonly document: object
  /** ASL text of each state machine by its name. */
  readonly machines: ReadonlyMap<string, string>
}

/** Puts the whole product into the app: one stack an area, and the stacks around them. */
export function deploy(app: App, { found, bundles, layers, document, machines }: Parts, settings: Settings): void {
  const names = new Names(settings.name)
  const common = { ...(settings.region ? { env: { region: settings.region } } : {}), names, settings }
  const data = new DataStack(app, names.stack('data'), common)
  const events = new EventsStack(app, names.stack('events'), common)
  const series = new SeriesStack(app, names.stack('series'), { ...common, key: data.key })
  const gateway = new DeviceGatewayStack(app, names.stack('device-gateway'), { ...common, queues: events.queues })
  const lake = new LakeStack(app, names.stack('lake'), { ...common, key: data.key, bus: events.bus })

  const around = {
    ...common,
    entities: entitiesOf(found),
    table: data.table,
    key: data.key,
    linkKey: data.linkKey,
    bus: events.bus,
    machines: [...machines.keys()],
  }
  const folders = new Map(bundles.map(({ name, folder }) => [name, folder]))
  const areas = [...Map.groupBy(found, ({ area }) => area)].map(
    ([area, inArea]) =>
      new AreaStack(app, names.stack(area), {
        ...common,
        found: inArea,
        folders,
        layers,
        around,
        queues: events.queues,
      }),
  )
  const api = new ApiStack(app, names.stack('api'), { ...common, document, roles: rolesOf(found) })
  const flows = new MachinesStack(app, names.stack('machines'), { ...common, definitions: machines, found })
  new ObservabilityStack(app, names.stack('observability'), {
    ...common,
    found,
    machines: [...machines.keys()],
    table: data.table,
  })

  // These refer to each other by name, not by reference, and so CDK cannot see the order: see Names.
  for (const area of areas) {
    area.addStackDependency(series)
    area.addStackDependency(lake)
    api.addStackDependency(area)
    // Its pre-provisioning hook is one of these functions.
    gateway.addStackDependency(area)
    flows.addStackDependency(area)
  }
}

const rolesOf = (found: readonly Discovered[]): string[] =>
  [...new Set(found.flatMap(({ spec }) => ('roles' in spec ? spec.roles : [])))].sort()

function entitiesOf(found: readonly Discovered[]): Entity[] {
  const read = found.flatMap(({ spec }) =>
    Object.values(spec.reads as Record<string, Read>).map(({ entity }) => entity),
  )
  return [...new Set([...read, ...factsOf(found).map(({ entity }) => entity)])].sort((a, b) => (a.key < b.key ? -1 : 1))
}
