import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../lib/kit/run.ts'
import { openapi } from '../../lib/openapi.ts'
import { install } from '../kit/install.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const sample = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${root}/CONTRIBUTING.md`, 'utf8'))![1]!
// Inside the project, so that its import names hold.
const folder = join(root, '.cache/contributing/lambdas/quality')
const file = join(folder, 'note-lot.ts')

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, sample)
})
afterAll(() => rmSync(join(root, '.cache/contributing'), { recursive: true }))

test('the command shown in CONTRIBUTING has 20 lines at most', () => {
  expect(sample.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
})

test('it is formatted and linted as the project asks', () => {
  const biome = join(root, 'node_modules/.bin/biome')
  const { status, stdout, stderr } = spawnSync(
    biome,
    ['check', '--vcs-enabled=false', `--config-path=${root}/biome.json`, file],
    { cwd: root, encoding: 'utf8' },
  )
  expect(status, stdout + stderr).toBe(0)
})

test('its example holds, and its route follows from it', async () => {
  const { handler } = await import(pathToFileURL(file).href)
  const [example] = handler.examples
  const table = new MemoryTable()
  install(table, handler, example)
  const request = { command: 'quality/note-lot', id: 'req-1', actor: exampleActor(handler.roles) }
  const result = await run(handler, example.when, request, worldOf(table))
  expect(result.ok && result.ledger.map(({ type }) => type)).toEqual(example.then)
  const { paths } = openapi([{ name: 'quality/note-lot', area: 'quality', file: '', spec: handler, dispatched: [] }])
  expect(Object.keys(paths as object)).toEqual(['/lots/{lotId}/notes'])
})
