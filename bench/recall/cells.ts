import type { Breakage, Fault } from '../../lib/local/faults.ts'

export const points = ['before effect', 'after effect', 'after log'] as const
export type Point = (typeof points)[number]
const breakages: readonly Breakage[] = ['throttle', 'timeout', '5xx', 'malformed']

export const machines = ['recall', 'recall-chase', 'recall-close', 'recall-drill'] as const
export type Machine = (typeof machines)[number]

/** A task state of a machine, what it does to the world, and the fact by which it writes that down. */
export interface Step {
  readonly machine: Machine
  readonly state: string
  /** The call that does something; a state without one only reads, or does nothing but write its fact. */
  readonly effect?: { readonly service: string; readonly operation?: string }
  readonly log?: string
  /** Of a state that only an error reaches: what gives up before it. `error` is one that is not tried again. */
  readonly reachedBy?: { readonly state: string; readonly error?: string }
}

export const steps: readonly Step[] = [
  {
    ...{ machine: 'recall', state: 'Scope', log: 'RecallScoped' },
    effect: { service: 'dynamodb', operation: 'BatchWriteItem' },
  },
  {
    ...{ machine: 'recall', state: 'Freeze', log: 'RecallFrozen' },
    effect: { service: 'dynamodb', operation: 'UpdateItem' },
  },
  { machine: 'recall', state: 'ListParties' },
  { machine: 'recall', state: 'NotifyParties', log: 'NoticeSent', effect: { service: 'ses' } },
  { machine: 'recall', state: 'NotifyParties', log: 'NoticeSent', effect: { service: 'sns' } },
  { machine: 'recall', state: 'ConcludeNotices', log: 'RecallNotified' },
  {
    ...{ machine: 'recall', state: 'RecordFailure', log: 'RecallStepFailed' },
    reachedBy: { state: 'Freeze', error: 'entity-unknown' },
  },
  {
    ...{ machine: 'recall', state: 'RecordBatchFailure', log: 'RecallStepFailed' },
    reachedBy: { state: 'NotifyParties', error: 'party-unknown' },
  },
  {
    ...{ machine: 'recall', state: 'RecordShardFailure', log: 'RecallStepFailed' },
    reachedBy: { state: 'ListParties' },
  },
  { machine: 'recall-chase', state: 'FindDueClocks' },
  { machine: 'recall-chase', state: 'ReviewClock', log: 'ClockOverdue' },
  { machine: 'recall-chase', state: 'FindOpenRecalls' },
  { machine: 'recall-chase', state: 'FindSilentParties' },
  { machine: 'recall-chase', state: 'RemindParty', log: 'NoticeReminded', effect: { service: 'ses' } },
  { machine: 'recall-close', state: 'PlanReconciliation' },
  { machine: 'recall-close', state: 'ReconcileShard', effect: { service: 'dynamodb', operation: 'PutItem' } },
  { machine: 'recall-close', state: 'ConcludeReconciliation', log: 'RecallReconciled' },
  {
    ...{ machine: 'recall-close', state: 'RecordFailure', log: 'RecallStepFailed' },
    reachedBy: { state: 'PlanReconciliation', error: 'entity-unknown' },
  },
  { machine: 'recall-drill', state: 'OpenDrill', log: 'RecallOpened' },
  { machine: 'recall-drill', state: 'MeasureDrill', log: 'RecallDrillMeasured' },
]

/** Task states of a definition that no step covers, so that a new state cannot be forgotten. */
export function uncovered(machine: Machine, definition: any): string[] {
  const states = Object.entries<any>(definition.States)
  const within = states.flatMap(([, { ItemProcessor }]) => (ItemProcessor ? uncovered(machine, ItemProcessor) : []))
  const covered = (name: string) => steps.some((step) => step.machine === machine && step.state === name)
  return [...within, ...states.flatMap(([name, { Type }]) => (Type === 'Task' && !covered(name) ? [name] : []))]
}

/** Breaks one step at one point in one way. */
export interface Cell {
  readonly step: Step
  readonly point: Point
  readonly how: Breakage
  /** One word, which stands in the title of its recall. */
  readonly title: string
}

export const cellsOf = (machine: Step['machine']): Cell[] =>
  steps.flatMap((step, index) =>
    step.machine !== machine
      ? []
      : points.flatMap((point, at) =>
          breakages.map((how, kind) => ({
            ...{ step, point, how },
            title: `cell${String(1000 + index * 100 + at * 10 + kind)}`,
          })),
        ),
  )

export const nameOf = ({ step: { machine, state, effect }, point, how }: Cell) =>
  `${machine} ${state}${effect ? ` (${effect.service})` : ''}, ${point}, ${how}`

/** Calls of the table are made four times before they count as failed, and must fail for good. */
const timesOf = (service: string) => (service === 'dynamodb' ? 4 : 1)

/** Texts that tell a cell's own inputs and calls from those of others. */
export interface Marks {
  /** In the input of the state. */
  readonly input: readonly string[]
  /** In what it sends and writes. */
  readonly call: readonly string[]
  readonly fact: readonly string[]
}

/** A task that is tried again gives up after this many errors. */
const patience = 7

/** The faults that a cell plans. */
export function faultsOf(cell: Cell, marks: Marks): Fault[] {
  const { reachedBy } = cell.step
  if (!reachedBy) return breakagesOf(cell, marks)
  const { error } = reachedBy
  const before: Fault = {
    ...{ at: { state: reachedBy.state }, when: 'before', how: '5xx', holds: marks.input },
    ...(error ? { error, times: 1 } : { times: patience }),
  }
  return [before, ...breakagesOf(cell, marks)]
}

/** A word within a fact, which is JSON within the call's JSON (ADR 0059). */
const inText = (word: string) => JSON.stringify(JSON.stringify(word)).slice(1, -1)

function breakagesOf({ step: { state, effect, log }, point, how }: Cell, { input, call, fact }: Marks): Fault[] {
  const atState = (when: Fault['when']): Fault => ({ at: { state }, when, how, holds: input, times: 1 })
  const atEffect = (when: Fault['when']): Fault | undefined =>
    effect && { at: effect, when, how, holds: call, times: timesOf(effect.service) }
  const atLog = (when: Fault['when'], times: number): Fault | undefined =>
    log === undefined
      ? undefined
      : {
          ...{ at: { service: 'dynamodb', operation: 'TransactWriteItems' }, when, how, times },
          holds: [inText(log), ...fact],
        }
  if (point === 'before effect') return [atEffect('before') ?? atState('before')]
  // Who says "too busy" has done nothing: after an effect a throttle can only meet what comes next.
  const lost = how === 'throttle' ? undefined : atEffect('after')
  if (point === 'after effect') return [lost ?? atLog('before', timesOf('dynamodb')) ?? atState('after')]
  return [atLog('after', 1), atState('after')].filter((one) => one !== undefined)
}
