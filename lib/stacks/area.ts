import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { type Discovered, portsFor } from '../discover.ts'
import type { FactType } from '../kit/entity.ts'
import type { Layer } from '../layers.ts'
import type { Surroundings } from './grants.ts'
import { keyUse } from './key-use.ts'
import { DeadLetters, WorkQueue } from './queues.ts'
import { architecture, runtime, SpecFunction, timeoutOf } from './spec-function.ts'
import { onClock, onFacts, onGatheredFacts, onQueue, onStream, type Trigger } from './triggers.ts'

interface AreaProps extends StackProps {
  readonly found: readonly Discovered[]
  /** Folder of each bundle by the function's name. */
  readonly folders: ReadonlyMap<string, string>
  readonly layers: readonly Layer[]
  readonly around: Surroundings
  readonly queues: ReadonlyMap<string, IQueue>
}

/** All functions of one area of the business, each with what triggers it. */
export class AreaStack extends Stack {
  private readonly around: Surroundings
  private readonly queues: ReadonlyMap<string, IQueue>
  private readonly layers: readonly Layer[]

  constructor(scope: Construct, id: string, { found, folders, layers, around, queues, ...props }: AreaProps) {
    super(scope, id, props)
    this.around = around
    this.queues = queues
    this.layers = layers
    for (const one of found) {
      const trigger = this.triggerOf(one)
      const made = new SpecFunction(this, idOf(one), {
        found: one,
        folder: folders.get(one.name)!,
        layers: this.layersOf(one),
        around,
        statements: trigger?.statements ?? [],
      })
      trigger?.attach(made, made.function)
    }
  }

  /** Routes and state machines call their functions directly; reactions wait for something. */
  private triggerOf(one: Discovered): Trigger | undefined {
    if (one.spec.kind !== 'reaction') return undefined
    const { on } = one.spec
    const { table, key, bus } = this.around
    if (on === 'facts') return onStream(table, keyUse(this, key, false), this.deadLetters(one))
    if ('everyMinutes' in on) return onClock(on.everyMinutes, this.deadLetters(one))
    if ('queue' in on) return onQueue(this.queueOf(one, on.queue))
    if ('gathered' in on) return onGatheredFacts(bus, on.gathered, this.gatheringQueue(one))
    return onFacts(bus, on as readonly FactType[], this.deadLetters(one))
  }

  /** A layer's versions never change, so each stack has its own: one that is referred to could not be replaced. */
  private layersOf(one: Discovered): LayerVersion[] {
    const used = this.layers.filter(({ port }) => portsFor(one).includes(port))
    return used.map(({ port, folder }) => {
      const id = `${port}-layer`
      const options = { compatibleRuntimes: [runtime], compatibleArchitectures: [architecture] }
      const made = this.node.tryFindChild(id) as LayerVersion | undefined
      return made ?? new LayerVersion(this, id, { code: Code.fromAsset(folder), ...options })
    })
  }

  private deadLetters(one: Discovered): IQueue {
    return new DeadLetters(this, `${idOf(one)}-dead`, this.around.names.deadLetters(one.name)).queue
  }

  private gatheringQueue(one: Discovered): WorkQueue {
    const handling = Duration.seconds(timeoutOf.reaction)
    return new WorkQueue(this, `${idOf(one)}-facts`, this.around.names.function(one.name), handling)
  }

  private queueOf({ file }: Discovered, name: string): IQueue {
    const queue = this.queues.get(name)
    if (!queue)
      throw new Error(`${file} waits on the queue "${name}"; lib/stacks/events.ts knows ${[...this.queues.keys()]}.`)
    return queue
  }
}

const idOf = ({ name, area }: Discovered) => name.slice(area.length + 1)
