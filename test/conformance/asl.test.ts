import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Outcome, outOfScope, readMachine, runMachine } from '../../lib/local/state-machine.ts'
import { vectors } from './vectors.ts'

interface Case {
  id: string
  name: string
  definition: object
  input: any
  expected: { status: string; output?: unknown; error?: string; cause?: string }
}

const file = vectors<{ cases: Case[] }>('asl_executions.json')
const cases = file?.cases ?? []

/** Runs a machine to its end; where it waits, the clock is put forward. */
async function run({ definition, input }: Case): Promise<Outcome> {
  const context = {
    Execution: { Id: 'arn:local', Name: 'local', Input: input },
    StateMachine: { Id: 'arn:local', Name: 'local' },
  }
  const refuse = async () => {
    throw new Error('these machines have no tasks')
  }
  const { outcome } = runMachine(readMachine('case', definition), input, context, refuse)
  let ended = false
  void outcome.finally(() => (ended = true))
  // A time limit is a timer as well: it may come only when there is nothing to do before it.
  for (await turn(); !ended; await turn()) vi.advanceTimersToNextTimer()
  return outcome
}

describe.skipIf(!file)('state machines end as they did on AWS', () => {
  const inScope = cases.filter((row) => outOfScope(row.definition).length === 0)
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it.each(inScope.map((row) => [row.id, row.name, row] as const))('%s %s', async (_id, _name, row) => {
    const outcome: any = await run(row)
    expect(outcome.status, JSON.stringify(outcome)).toBe(row.expected.status)
    if (outcome.status === 'SUCCEEDED') expect(outcome.output).toEqual(row.expected.output)
    else if (row.expected.error) expect(outcome.error).toBe(row.expected.error)
  })

  it('names what it leaves out', () => {
    const left = new Map<string, number>()
    for (const row of cases)
      for (const feature of outOfScope(row.definition)) left.set(feature, (left.get(feature) ?? 0) + 1)
    console.log(
      `asl_executions.json: ${inScope.length} of ${cases.length} in scope; out of scope: ${JSON.stringify(Object.fromEntries(left))}`,
    )
    expect(inScope.length).toBeGreaterThan(0)
  })
})

it('a machine that is not right stops the start by its name, each time', () => {
  const wrong = { StartAt: 'First', States: { First: { Type: 'Pass', Next: 'Nowhere' } } }
  for (let start = 0; start < 2; start += 1)
    expect(() => readMachine('recall', wrong)).toThrow(/state machine recall: .*Nowhere/s)
})
