import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { StateMachineDefinition } from 'aws-local-stepfunctions'
import { isRemembered, remember } from './cache.ts'
import type { Json } from './intrinsics.ts'

const require = createRequire(import.meta.url)
/** The runner of machines: with its packages it would be a third of a start, so it is loaded when it has to do. */
export const runner = (): typeof import('aws-local-stepfunctions') => require('aws-local-stepfunctions')

/** Runs one task; rejects with an error whose `name` is the ASL error name and whose `message` is the cause. */
export type RunTask = (resource: string, input: Json, state: string) => Promise<unknown>

/** How an execution ended. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'TIMED_OUT'; readonly error: string; readonly cause: string }
  | { readonly status: 'ABORTED' }

/** One step of an execution's history. */
export interface HistoryEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** AWS's name where there is one, e.g. `TaskStateEntered`. */
  readonly type: string
  readonly state: string | undefined
}

/** A run that is underway. */
export interface Run {
  readonly outcome: Promise<Outcome>
  readonly history: readonly HistoryEvent[]
  abort(): void
}

/** A definition that this runner can run. */
export interface Machine {
  readonly definition: StateMachineDefinition
  /** Resource of each task state; state names are unique in a machine. */
  readonly tasks: ReadonlyMap<string, string>
}

// The library takes a missing timeout for a minute, AWS for three years; a timer cannot wait for longer than 24 days.
const LONGEST_TIMEOUT_SECONDS = 2_000_000
const UNSUPPORTED_FIELDS = [
  'Arguments',
  'Assign',
  'Credentials',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'ItemBatcher',
  'ItemReader',
  'Output',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
]

/** Features of a definition, by name, that the runner does not have; empty when it can run. */
export function outOfScope(definition: Json): string[] {
  const found = new Set<string>()
  if (definition.QueryLanguage === 'JSONata') found.add('JSONata')
  eachState(definition, (_, state) => {
    if (state.QueryLanguage === 'JSONata') found.add('JSONata')
    for (const field of UNSUPPORTED_FIELDS) if (field in state) found.add(field)
    for (const field of ['ErrorPath', 'CausePath'])
      if (state[field]?.startsWith('States.')) found.add(`${field} with an intrinsic function`)
    for (const choice of state.Choices ?? []) if (choice.Assign) found.add('Assign')
    for (const catcher of state.Catch ?? []) if (catcher.Assign) found.add('Assign')
    const integration = /\.(sync(?::2)?|waitForTaskToken)$/.exec(state.Resource ?? '')
    if (integration) found.add(`.${integration[1]}`)
  })
  return [...found].sort()
}

/** Checks a definition; throws with the name of what is wrong or not supported. */
export function readMachine(name: string, definition: Json): Machine {
  const unsupported = outOfScope(definition)
  if (unsupported.length > 0)
    throw new Error(`state machine ${name} uses ${unsupported.join(', ')}, which the local cloud does not run`)
  const runnable = structuredClone(definition)
  const tasks = new Map<string, string>()
  eachState(runnable, (stateName, state) => {
    if (state.Type !== 'Task') return
    tasks.set(stateName, state.Resource)
    if (state.TimeoutSecondsPath === undefined) state.TimeoutSeconds ??= LONGEST_TIMEOUT_SECONDS
  })
  assertValid(name, runnable)
  return { definition: runnable, tasks }
}

/** Throws an error that lists every finding. What was found right once is not looked at again: it takes 300 ms. */
function assertValid(name: string, definition: StateMachineDefinition): void {
  const digest = createHash('sha256').update(JSON.stringify(definition)).digest('hex')
  if (isRemembered('valid-machines', digest)) return
  const { StateMachine } = runner()
  try {
    // It writes into what it checks.
    new StateMachine(structuredClone(definition), { validationOptions: { checkArn: false } })
  } catch (error) {
    throw new Error(`state machine ${name}: ${(error as Error).message}`, { cause: error })
  }
  remember('valid-machines', digest)
}

/** Runs a machine once. `context` is what `$$` shows. */
export function runMachine(machine: Machine, input: Json, context: Json, task: RunTask): Run {
  const handlers = [...machine.tasks].map(([state, resource]) => [state, (given: Json) => task(resource, given, state)])
  const { StateMachine } = runner()
  const execution = new StateMachine(machine.definition, { validationOptions: { noValidate: true } }).run(input, {
    context,
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
  })
  const history: HistoryEvent[] = []
  void (async () => {
    for await (const event of execution.eventLogs) history.push(historyEvent(event))
  })()
  return { outcome: outcomeOf(execution.result), history, abort: execution.abort }
}

async function outcomeOf(result: Promise<unknown>): Promise<Outcome> {
  const { ExecutionAbortedError, ExecutionTimeoutError } = runner()
  try {
    return { status: 'SUCCEEDED', output: await result }
  } catch (error) {
    if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' }
    if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout', cause: '' }
    const { name, message } = ((error as Error).cause ?? error) as Error
    return { status: 'FAILED', error: name, cause: message }
  }
}

function historyEvent({ type, timestamp, state }: Json): HistoryEvent {
  const renamed: Readonly<Record<string, string>> = {
    StateEntered: `${state?.type}StateEntered`,
    StateExited: `${state?.type}StateExited`,
  }
  return { timestamp, type: renamed[type] ?? type, state: state?.name }
}

function eachState(machine: Json, visit: (name: string, state: Json) => void): void {
  for (const [name, state] of Object.entries<Json>(machine?.States ?? {})) {
    visit(name, state)
    eachState(state.ItemProcessor ?? state.Iterator, visit)
    for (const branch of state.Branches ?? []) eachState(branch, visit)
  }
}
