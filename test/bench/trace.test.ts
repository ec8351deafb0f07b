import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compare, questions } from '../../bench/trace/compare.ts'
import { type Engine, engineNames } from '../../bench/trace/engine.ts'
import { makeUp } from '../../bench/trace/factory.ts'
import { openEngines } from '../../bench/trace/open.ts'
import { freePort } from '../cloud/running.ts'

const folder = mkdtempSync(join(tmpdir(), 'lotline-trace-'))
chmodSync(folder, 0o711)
let engines: Engine[] = []
afterAll(async () => {
  for (const engine of engines) await engine.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('every engine on this machine finds the truth', async () => {
  const past = makeUp({ edges: 2000, late: 0.05, seed: 7 })
  const asked = questions(past, 7, 5)
  engines = await openEngines(
    past.graph,
    engineNames,
    { folder, port: await freePort(21_350), tail: 200 },
    console.info,
  )
  const cases = await compare(engines, asked, 1)
  expect(cases.map((one) => one.case)).toEqual(['hub', 'typical', 'backward'])
  const wanted = { hub: asked.hub, typical: asked.typical[0]!, backward: asked.backward }
  for (const { case: name, engines: rows } of cases) {
    expect(rows.map((row) => row.name)).toEqual(engines.map((engine) => engine.name))
    for (const row of rows) expect(row).toMatchObject({ rows: wanted[name].rows, sha256: wanted[name].sha256 })
  }
  expect(asked.hub.rows).toBeGreaterThan(past.graph.nodes / 2)
}, 120_000)

test('the same plan makes the same past', () => {
  const [one, other] = [1, 2].map(() => makeUp({ edges: 1000, late: 0.05, seed: 3 }))
  expect(one).toEqual(other)
  expect(makeUp({ edges: 1000, late: 0.05, seed: 4 }).graph.from).not.toEqual(one!.graph.from)
})
