import { describe, expect, it } from 'vitest'
import { checkPattern, matches } from '../../lib/local/event-pattern.ts'
import { vectors } from './vectors.ts'

interface Case {
  id: string
  name: string
  rule: unknown
  event: unknown
  /** The pattern as JSON text, where a repeated key would not survive parsing. */
  rawText?: string
  expected: 'match' | 'no-match' | 'invalid-pattern'
  awsError?: string
}

const file = vectors<{ cases: Case[] }>('eventbridge_patterns.json')
const cases = file?.cases ?? []

describe.skipIf(!file)('EventBridge patterns agree with AWS and with aws/event-ruler', () => {
  it.each(cases.map((row) => [row.id, row.name, row] as const))('%s %s', (_id, _name, row) => {
    const pattern = row.rawText ?? row.rule
    if (row.expected === 'invalid-pattern') {
      expect(() => checkPattern(pattern)).toThrow(row.awsError ?? 'Event pattern is not valid. Reason: ')
      expect(() => matches(pattern, row.event)).toThrow()
    } else {
      checkPattern(pattern)
      expect(matches(pattern, row.event)).toBe(row.expected === 'match')
    }
  })

  it('leaves no case out', () => {
    console.log(`eventbridge_patterns.json: ${cases.length} of ${cases.length} in scope, 0 out of scope`)
    expect(cases.length).toBeGreaterThan(0)
  })
})
