import type { Breakage, Fault } from '../../lib/local/faults.ts'

export const points = ['before effect', 'after effect', 'after log'] as const
export type Point = (typeof points)[number]
const breakages: readonly Breakage[] = ['throttle', 'timeout', '5xx', 'malformed']

/** A state of a machine, what it does to the world, and the fact by which it writes that down. */
export interface Step {
  readonly machine: 'recall' | 'recall-chase'
  readonly state: string
  /** The call that does something; a state without one only reads, or does nothing but write its fact. */
  readonly effect?: { readonly service: string; readonly operation?: string }
  readonly log?: string
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
  { machine: 'recall-chase', state: 'FindDueClocks' },
  { machine: 'recall-chase', state: 'ReviewClock', log: 'ClockOverdue' },
  { machine: 'recall-chase', state: 'FindOpenRecalls' },
  { machine: 'recall-chase', state: 'FindSilentParties' },
  { machine: 'recall-chase', state: 'RemindParty', log: 'NoticeReminded', effect: { service: 'ses' } },
]

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

export const nameOf = ({ step: { state, effect }, point, how }: Cell) =>
  `${state}${effect ? ` (${effect.service})` : ''}, ${point}, ${how}`

/** The SDK tries calls of the table three times by itself, and must fail for good. */
const timesOf = (service: string) => (service === 'dynamodb' ? 3 : 1)

/** Texts that tell a cell's own inputs and calls from those of others. */
export interface Marks {
  /** In the input of the state. */
  readonly input: readonly string[]
  /** In what it sends and writes. */
  readonly call: readonly string[]
  readonly fact: readonly string[]
}

/** The faults that a cell plans. */
export function faultsOf({ step: { state, effect, log }, point, how }: Cell, { input, call, fact }: Marks): Fault[] {
  const atState = (when: Fault['when']): Fault => ({ at: { state }, when, how, holds: input, times: 1 })
  const atEffect = (when: Fault['when']): Fault | undefined =>
    effect && { at: effect, when, how, holds: call, times: timesOf(effect.service) }
  const atLog = (when: Fault['when'], times: number): Fault | undefined =>
    log === undefined
      ? undefined
      : {
          ...{ at: { service: 'dynamodb', operation: 'TransactWriteItems' }, when, how, times },
          holds: [`"${log}"`, ...fact],
        }
  if (point === 'before effect') return [atEffect('before') ?? atState('before')]
  // Who says "too busy" has done nothing: after an effect a throttle can only meet what comes next.
  const lost = how === 'throttle' ? undefined : atEffect('after')
  if (point === 'after effect') return [lost ?? atLog('before', timesOf('dynamodb')) ?? atState('after')]
  return [atLog('after', 1), atState('after')].filter((one) => one !== undefined)
}
