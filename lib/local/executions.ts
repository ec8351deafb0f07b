import type { Cloud, Resource } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import { type Machine, type Outcome, type Run, type RunTask, runMachine } from './state-machine.ts'
import { WireError } from './wire-error.ts'

/** AWS forgets closed executions after 90 days. */
const KEPT_MS = 90 * 86_400_000
const HISTORIES_KEPT = 1000

/** One execution as it was asked for. */
export interface Execution {
  readonly arn: string
  readonly name: string
  readonly machine: string
  /** JSON text. */
  readonly input: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** How and when an execution ended. */
export interface Closing {
  readonly arn: string
  readonly outcome: Outcome
  readonly stoppedAt: number
}

type JournalRecord = { readonly started: Execution } | { readonly closed: Closing }

/** A machine of the template with what runs its tasks in its own role. */
export interface HostedMachine extends Machine {
  readonly resource: Resource
  readonly runTask: RunTask
}

/** All executions: started and closed durably, and run. */
export class Executions {
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
    this.forgetOldRuns()
    void run.outcome.then(async (outcome) => {
      if (this.stopped || this.closings.has(execution.arn)) return
      if (outcome.status !== 'SUCCEEDED')
        this.cloud.log('stepfunctions', `${execution.arn} ${JSON.stringify(outcome).slice(0, 500)}`)
      await this.close(execution.arn, outcome)
    })
  }

  /** Histories of closed executions are kept for looking, not for ever. */
  private forgetOldRuns(): void {
    for (const arn of this.runs.keys()) {
      if (this.runs.size <= HISTORIES_KEPT) return
      if (this.closings.has(arn)) this.runs.delete(arn)
    }
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
