import type { WireAnswer } from './cloud.ts'
import { WireError } from './wire-error.ts'

/** How a call breaks. */
export type Breakage = 'throttle' | 'timeout' | '5xx' | 'malformed'

/** Something that goes wrong on purpose, so that a test can see what comes of it. */
export interface Fault {
  /** A task state of a machine, or a call at the SDK endpoint. */
  readonly at: { readonly state: string } | { readonly service: string; readonly operation?: string }
  /** `before`: nothing of it happens. `after`: all of it happens, and who asked does not learn it. */
  readonly when: 'before' | 'after'
  readonly how: Breakage
  /** Of a task state: the error that it ends with, in place of what Step Functions calls such a breakage. */
  readonly error?: string
  /** Texts that must stand in the state's input or the call's body, so that one fault meets one case. */
  readonly holds: readonly string[]
  /** How often; a caller that tries again by itself uses them up. */
  readonly times: number
}

interface Planned {
  readonly fault: Fault
  left: number
}

const plan = new Set<Planned>()

/** How many faults the plan has, for threads that have no plan of their own. */
export const plannedFaults = new Int32Array(new SharedArrayBuffer(4))

/** Adds faults to the plan; the function that it returns takes them off again and says which of them never struck. */
export function planFaults(faults: readonly Fault[]): () => Fault[] {
  const planned = faults.map((fault) => ({ fault, left: fault.times }))
  for (const one of planned) plan.add(one)
  Atomics.store(plannedFaults, 0, plan.size)
  return () => {
    for (const one of planned) plan.delete(one)
    Atomics.store(plannedFaults, 0, plan.size)
    return planned.filter(({ fault, left }) => left === fault.times).map(({ fault }) => fault)
  }
}

function strike(place: { state?: string; service?: string; operation?: string }, text: () => string) {
  const found = [...plan].find(({ fault: { at, holds }, left }) => {
    if (left === 0) return false
    const here =
      'state' in at
        ? at.state === place.state
        : at.service === place.service && (at.operation === undefined || at.operation === place.operation)
    return here && holds.every((each) => text().includes(each))
  })
  if (found) found.left -= 1
  return found?.fault
}

/** What Step Functions calls it when the invocation of a function breaks. */
const stateErrors: Readonly<Record<Breakage, string>> = {
  throttle: 'Lambda.TooManyRequestsException',
  timeout: 'States.Timeout',
  '5xx': 'Lambda.ServiceException',
  malformed: 'Lambda.SdkClientException',
}

/** Runs a task, with the fault that the plan has for it. */
export async function withStateFault<T>(state: string, input: unknown, work: () => Promise<T>): Promise<T> {
  const fault = strike({ state }, () => JSON.stringify(input))
  const broken = () =>
    Object.assign(new Error('a fault of the plan'), { name: fault!.error ?? stateErrors[fault!.how] })
  if (fault?.when === 'before') throw broken()
  const result = await work()
  if (fault) throw broken()
  return result
}

/** A caller that gets no answer gives up; so long it waits here. */
const SILENCE_MS = 500

/** The connection ends without an answer. */
export class NoAnswer extends Error {}

/** Answers a call at the SDK endpoint, with the fault that the plan has for it. */
export async function withCallFault(
  { service, operation, body }: { service: string; operation: string; body: Buffer },
  work: () => Promise<WireAnswer>,
): Promise<WireAnswer> {
  const fault = strike({ service, operation }, () => body.toString())
  if (!fault) return work()
  if (fault.when === 'after') await work()
  if (fault.how === 'throttle')
    throw service === 'ses' || service === 'sns'
      ? new WireError(429, 'TooManyRequestsException', 'a fault of the plan')
      : new WireError(400, 'ThrottlingException', 'a fault of the plan')
  if (fault.how === '5xx') throw new WireError(500, 'InternalServerError', 'a fault of the plan')
  if (fault.how === 'malformed') return { status: 200, body: '<html>a fault of the plan</html>' }
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS))
  throw new NoAnswer()
}
