import { describe, expect, test } from 'vitest'
import { discover } from '../../lib/discover.ts'
import { toldOf } from '../kit/dispatching.ts'
import { install } from '../kit/install.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'
import { runSigned } from '../kit/signing.ts'

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const found = await discover(root)

for (const one of found) {
  const { name, spec } = one
  if (spec.kind === 'query') continue
  describe(name, () => {
    test.each(spec.examples.map((example) => [example.name, example] as const))('%s', async (_, example) => {
      const table = new MemoryTable()
      install(table, spec, example)
      const input = spec.input.parse(example.when)
      const actor = exampleActor('roles' in spec ? spec.roles : [], example.by)
      const performs = { ...spec, perform: async () => example.performed }
      const { told, commands } = toldOf(one)
      const request = { command: name, id: 'req-1', actor }
      const result = await runSigned(performs, input, request, { ...worldOf(table), commands })
      if ('dispatched' in example.then) expect(result.ok ? told : result.refusal).toMatchObject([example.then])
      else if ('refused' in example.then)
        expect(result.ok ? 'accepted' : result.refusal.refusal).toBe(example.then.refused)
      else expect(result.ok ? result.ledger.map(({ type }) => type) : result.refusal).toEqual(example.then)
      if (!result.ok) expect(result.text.en.length).toBeGreaterThan(10)
    })

    test('every refusal of its own has an example', () => {
      const shown = new Set(spec.examples.map(({ then }) => ('refused' in then ? then.refused : undefined)))
      const own = Object.entries<any>(spec.refuses).filter(([, text]) => !text.shared)
      expect(own.map(([code]) => code).filter((code) => !shown.has(code))).toEqual([])
    })
  })
}

test('every shared refusal has an example somewhere', () => {
  const deciding = found.flatMap(({ spec }) => (spec.kind === 'query' ? [] : [spec]))
  const shown = new Set(deciding.flatMap(({ examples }) => examples.map(({ then }: any) => then.refused)))
  const declared = new Set(deciding.flatMap(({ refuses }) => Object.keys(refuses)))
  expect([...declared].filter((code) => !shown.has(code))).toEqual([])
})
