// npm run bench:trace -- [--edges 1000000] [--engines segments,memory] [--late 0.01] [--tail 1000] [--seed 1] [--json] [--chart]
// Recall-1M: the same questions to several ways of tracing, side by side in one run. Every answer is held against the truth.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../test/cloud/running.ts'
import { compare, questions } from './trace/compare.ts'
import { type EngineName, engineNames } from './trace/engine.ts'
import { makeUp } from './trace/factory.ts'
import { openEngines } from './trace/open.ts'
import { tableOf } from './trace/report.ts'

const { values } = parseArgs({
  options: {
    edges: { type: 'string', default: '1000000' },
    engines: { type: 'string', default: engineNames.join() },
    /** Part of the consumptions that are booked late. */
    late: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const edges = Number(values.edges)
const names = values.engines.split(',') as EngineName[]
const unknown = names.find((name) => !engineNames.includes(name))
if (unknown) throw new Error(`--engines: "${unknown}" is none of ${engineNames.join(', ')}`)
const say = (line: string) => {
  if (!values.json) console.log(line)
}

const folder = mkdtempSync(join(tmpdir(), 'lotline-trace-'))
// The account that runs PostgreSQL must get to its folder in here.
chmodSync(folder, 0o711)
try {
  const past = makeUp({ edges, late: Number(values.late), seed: Number(values.seed) })
  const asked = questions(past, Number(values.seed))
  say(`${past.graph.length} edges between ${past.graph.nodes} nodes; the hub reaches ${asked.hub.rows}`)
  const engines = await openEngines(past.graph, names, { folder, port: await freePort(21_300) }, say)
  try {
    for (const { name, says } of engines) say(`${name}: ${says}`)
    const cases = await compare(engines, asked)
    for (const one of cases) for (const line of tableOf(one)) say(line)
    console.log(JSON.stringify({ edges, cases }))
  } finally {
    for (const engine of engines) await engine.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
