import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cloud, Permission, Resource, Service, WireCall } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { type Machine, type Outcome, type Run, readMachine, runMachine } from './state-machine.ts'
import { isRunnable, tasksOf } from './state-tasks.ts'
import { WireError } from './wire-error.ts'

const TAKEN = [
  'StateMachineName',
  'Definition',
  'DefinitionString',
  'DefinitionS3Location',
  'DefinitionSubstitutions',
  'RoleArn',
  'StateMachineType',
]
const WITHOUT_EFFECT = ['EncryptionConfiguration', 'LoggingConfiguration', 'Tags', 'TracingConfiguration']
/** AWS forgets closed executions after 90 days. */
const KEPT_MS = 90 * 86_400_000

interface Execution {
  readonly arn: string
  readonly name: string
  readonly machine: string
  /** JSON text. */
  readonly input: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

interface Closing {
  readonly arn: string
  readonly outcome: Outcome
  readonly stoppedAt: number
}

type JournalRecord = { readonly started: Execution } | { readonly closed: Closing }

interface HostedMachine extends Machine {
  readonly resource: Resource
  readonly runTask: ReturnType<typeof tasksOf>
}

/** The executions of one run of the local cloud. */
class Executions {
  private readonly cloud: Cloud
  private readonly machines: ReadonlyMap<string, HostedMachine>
  private readonly started = new Map<string, Execution>()
  private readonly closings = new Map<string, Closing>()
  private readonly runs = new Map<string, Run>()
  private readonly append: (record: JournalRecord) => Promise<void>
  private stopped = false

  constructor(cloud: Cloud, machines: ReadonlyMap<string, HostedMachine>) {
    this.cloud = cloud
    this.machines = machines
    const kept = (arn: string) => (this.closings.get(arn)?.stoppedAt ?? Date.now()) > Date.now() - KEPT_MS
    const { started, closings } = this
    this.append = cloud.journal.open<JournalRecord>('stepfunctions', {
      apply: (record) => {
        if ('started' in record) started.set(record.started.arn, record.started)
        else closings.set(record.closed.arn, record.closed)
      },
      *snapshot() {
        for (const execution of started.values()) if (kept(execution.arn)) yield { started: execution }
        for (const closing of closings.values()) if (kept(closing.arn)) yield { closed: closing }
      },
    })
  }

  /** Runs what a crash left open again from its start; machines are made so that this is safe. */
  resume(): void {
    for (const execution of this.started.values()) if (!this.closings.has(execution.arn)) this.run(execution)
  }

  async start(machineArn: string, input: string, name: string): Promise<Execution> {
    const hosted = this.machines.get(machineArn)
    if (!hosted) throw new WireError(400, 'StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`)
    const arn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`
    const known = this.started.get(arn)
    if (known) {
      if (known.input === input && !this.closings.has(arn)) return known
      throw new WireError(400, 'ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
    }
    const execution = { arn, name, machine: machineArn, input, startedAt: Date.now() }
    this.started.set(arn, execution)
    await this.append({ started: execution })
    this.run(execution)
    return execution
  }

  async abort(arn: string): Promise<Closing> {
    this.get(arn)
    this.runs.get(arn)?.abort()
    return this.closings.get(arn) ?? this.close(arn, { status: 'ABORTED' })
  }

  get(arn: string): Execution {
    const execution = this.started.get(arn)
    if (!execution) throw new WireError(400, 'ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
    return execution
  }

  closing(arn: string): Closing | undefined {
    return this.closings.get(arn)
  }

  history(arn: string): Run['history'] {
    return this.runs.get(arn)?.history ?? []
  }

  of(machineArn: string): Execution[] {
    return [...this.started.values()]
      .filter((each) => each.machine === machineArn)
      .sort((a, b) => b.startedAt - a.startedAt)
  }

  /** Leaves open executions open; the next start runs them again. */
  stop(): void {
    this.stopped = true
    for (const run of this.runs.values()) run.abort()
  }

  private run(execution: Execution): void {
    const hosted = this.machines.get(execution.machine)
    if (!hosted) {
      this.cloud.log('stepfunctions', `${execution.arn} stays open: its machine is not in the template any more`)
      return
    }
    const input = JSON.parse(execution.input)
    const run = runMachine(hosted, input, contextOf(execution, hosted, input), hosted.runTask)
    this.runs.set(execution.arn, run)
    void run.outcome.then(async (outcome) => {
      if (this.stopped || this.closings.has(execution.arn)) return
      if (outcome.status !== 'SUCCEEDED')
        this.cloud.log('stepfunctions', `${execution.arn} ${JSON.stringify(outcome).slice(0, 500)}`)
      await this.close(execution.arn, outcome)
    })
  }

  private async close(arn: string, outcome: Outcome): Promise<Closing> {
    const closing = { arn, outcome, stoppedAt: Date.now() }
    this.closings.set(arn, closing)
    await this.append({ closed: closing })
    return closing
  }
}

function contextOf(execution: Execution, { resource }: HostedMachine, input: Json): Json {
  return {
    Execution: {
      Id: execution.arn,
      Input: input,
      Name: execution.name,
      RoleArn: resource.properties.RoleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
    },
    StateMachine: { Id: execution.machine, Name: resource.attributes.Name },
  }
}

let executions: Executions | undefined

/** Step Functions: standard JSONPath machines; executions and their results survive, open ones run again from their start. */
export const stepfunctions: Service = {
  name: 'stepfunctions',
  types: ['AWS::StepFunctions::StateMachine'],

  async start(cloud) {
    const machines = cloud.ofType('AWS::StepFunctions::StateMachine').map((resource) => hostMachine(cloud, resource))
    const created = new Executions(cloud, new Map(machines.map((machine) => [machine.resource.ref, machine])))
    executions = created
    cloud.wire('states', {
      authorize: permissions,
      answer: async (call) => ({
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(await answer(created, call)),
      }),
    })
  },

  resume() {
    executions?.resume()
  },

  async stop() {
    executions?.stop()
    executions = undefined
  },
}

/** Starts an execution durably and returns its ARN. */
export async function startExecution(machineArn: string, input: unknown, name: string = randomUUID()): Promise<string> {
  if (!executions) throw new Error('stepfunctions has not started')
  return (await executions.start(machineArn, JSON.stringify(input) ?? '{}', name)).arn
}

function hostMachine(cloud: Cloud, resource: Resource): HostedMachine {
  onlyProperties(resource, ...TAKEN, ...WITHOUT_EFFECT)
  const { properties, ref } = resource
  if ((properties.StateMachineType ?? 'STANDARD') !== 'STANDARD')
    throw new Error(
      `state machine ${ref} is of type ${properties.StateMachineType}; the local cloud runs STANDARD only`,
    )
  const machine = readMachine(ref, definitionOf(cloud, resource))
  for (const [state, task] of machine.tasks)
    if (!isRunnable(task)) throw new Error(`state machine ${ref}, state ${state}: the local cloud does not run ${task}`)
  const principal = cloud.assumed(properties.RoleArn, resource.attributes.Name!)
  return { ...machine, resource, runTask: tasksOf(cloud, principal) }
}

function definitionOf(cloud: Cloud, { properties }: Resource): Json {
  const { Definition, DefinitionString, DefinitionS3Location, DefinitionSubstitutions = {} } = properties
  const text: string =
    DefinitionString ??
    (Definition ? JSON.stringify(Definition) : readFileSync(cloud.asset(DefinitionS3Location.Key), 'utf8'))
  return JSON.parse(
    text.replace(/\$\{(\w+)\}/g, (whole, name) =>
      name in DefinitionSubstitutions ? String(DefinitionSubstitutions[name]) : whole,
    ),
  )
}

function permissions(call: Omit<WireCall, 'principal'>): Permission[] {
  const input: Json = JSON.parse(call.body.toString())
  return [{ action: `states:${call.operation}`, resource: input.executionArn ?? input.stateMachineArn ?? '*' }]
}

type Operation = (all: Executions, input: Json) => Json | Promise<Json>

const OPERATIONS: Readonly<Record<string, Operation>> = {
  StartExecution: async (all, input) => {
    const { arn, startedAt } = await all.start(
      input.stateMachineArn,
      jsonText(input.input ?? '{}'),
      input.name ?? randomUUID(),
    )
    return { executionArn: arn, startDate: startedAt / 1000 }
  },
  StopExecution: async (all, input) => ({ stopDate: (await all.abort(input.executionArn)).stoppedAt / 1000 }),
  DescribeExecution: (all, input) => ({
    ...summary(all, all.get(input.executionArn)),
    input: all.get(input.executionArn).input,
    ...result(all.closing(input.executionArn)?.outcome),
  }),
  ListExecutions: (all, input) => ({
    executions: all
      .of(input.stateMachineArn)
      .map((each) => summary(all, each))
      .filter((each) => input.statusFilter === undefined || each.status === input.statusFilter)
      .slice(0, input.maxResults || 1000),
  }),
  GetExecutionHistory: (all, input) => {
    all.get(input.executionArn)
    return {
      events: all.history(input.executionArn).map(({ timestamp, type, state }, index) => ({
        id: index + 1,
        previousEventId: index,
        timestamp: timestamp / 1000,
        type,
        ...(type.endsWith('StateEntered') && { stateEnteredEventDetails: { name: state } }),
        ...(type.endsWith('StateExited') && { stateExitedEventDetails: { name: state } }),
      })),
    }
  },
}

async function answer(all: Executions, call: WireCall): Promise<Json> {
  const operation = OPERATIONS[call.operation]
  if (!operation)
    throw new WireError(400, 'UnknownOperationException', `the local cloud does not implement states:${call.operation}`)
  return operation(all, JSON.parse(call.body.toString()))
}

function jsonText(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw new WireError(
      400,
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${(error as Error).message}'`,
    )
  }
}

function summary(all: Executions, execution: Execution) {
  const closing = all.closing(execution.arn)
  return {
    executionArn: execution.arn,
    name: execution.name,
    stateMachineArn: execution.machine,
    status: closing?.outcome.status ?? 'RUNNING',
    startDate: execution.startedAt / 1000,
    ...(closing && { stopDate: closing.stoppedAt / 1000 }),
  }
}

function result(outcome: Outcome | undefined): Json {
  if (outcome === undefined || outcome.status === 'ABORTED') return {}
  if (outcome.status === 'SUCCEEDED') return { output: JSON.stringify(outcome.output) }
  return { error: outcome.error, cause: outcome.cause }
}
