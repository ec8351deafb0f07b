import { describe, expect, it } from 'vitest'
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

async function run({ definition, input }: Case): Promise<Outcome> {
  const context = {
    Execution: { Id: 'arn:local', Name: 'local', Input: input },
    StateMachine: { Id: 'arn:local', Name: 'local' },
  }
  const refuse = async () => {
    throw new Error('these machines have no tasks')
  }
  return runMachine(readMachine('case', definition), input, context, refuse).outcome
}

describe.skipIf(!file)('state machines end as they did on AWS', () => {
  const inScope = cases.filter((row) => outOfScope(row.definition).length === 0)

  // Some of them wait for seconds.
  it.concurrent.each(inScope.map((row) => [row.id, row.name, row] as const))('%s %s', async (_id, _name, row) => {
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
