// npm run bench:trace -- [--edges 1000000] [--engines segments,memory] [--tail 1000] [--late 0.01] [--seed 1] [--disorder 100000] [--json] [--chart docs/trace.svg]
// Recall-1M: the same questions to several ways of tracing, side by side in one run. A wrong answer of any ends it with 1.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../test/cloud/running.ts'
import { chartOf, circumstances } from './trace/chart.ts'
import { compare, questions } from './trace/compare.ts'
import { type EngineName, engineNames } from './trace/engine.ts'
import { makeUp } from './trace/factory.ts'
import { freeze } from './trace/freeze.ts'
import { goalsOf } from './trace/goals.ts'
import { type Disorder, type Size, sizeOf } from './trace/growth.ts'
import { openEngines } from './trace/open.ts'
import { furtherLines, goalLine, grouped, tableOf } from './trace/report.ts'
import { isSegments, type Segments, segments } from './trace/segments.ts'
import { truth } from './trace/truth.ts'
import { wholeAnswer } from './trace/whole.ts'

const { values } = parseArgs({
  options: {
    edges: { type: 'string', default: '1000000' },
    engines: { type: 'string', default: engineNames.join() },
    /** Edges that are recorded and not yet sealed. */
    tail: { type: 'string', default: '1000' },
    /** Part of the consumptions that are booked late. */
    late: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '1' },
    /** Edges of the pasts in which more is booked late, and more is not sealed. */
    disorder: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
    chart: { type: 'string' },
  },
})
const [edges, tail, late, seed] = [values.edges, values.tail, values.late, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]
const names = values.engines.split(',') as EngineName[]
const unknown = names.find((name) => !engineNames.includes(name))
if (unknown) throw new Error(`--engines: "${unknown}" is none of ${engineNames.join(', ')}`)
const say = (line: string) => {
  if (!values.json) console.log(line)
}

const folder = mkdtempSync(join(tmpdir(), 'lotline-trace-'))
// However it ends, by Ctrl-C too, nothing stays behind; what serves from the folder ends by hooks of its own before.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
// The account that runs PostgreSQL must get to its folder in here.
chmodSync(folder, 0o711)
const port = await freePort(21_300)
const past = makeUp({ edges, late, seed })
const asked = questions(past, seed)
say(`${grouped(edges)} edges between ${grouped(past.graph.nodes)} nodes; the hub reaches ${grouped(asked.hub.rows)}`)
const engines = await openEngines(past.graph, names, { folder, port, tail }, say)
try {
  for (const { name, says } of engines) say(`${name}: ${says}`)
  const cases = await compare(engines, asked)
  for (const one of cases) for (const line of tableOf(one)) say(line)
  if (values.chart) writeFileSync(values.chart, chartOf(edges, cases[0]!.engines, circumstances(new Date())))

  const ours = engines.find(isSegments)
  const more = ours && {
    freeze: await freeze(past.graph, truth(past.graph, past.hub, 'forward'), ours),
    peakMb: Math.round(ours.peakMb()),
    whole: await wholeAnswer(past, ours),
    written: await written(ours),
    sealing: ours.sealing,
    growth: [...(await smaller()), sizeOf(edges, cases[0]!.engines.find(({ name }) => name === 'segments')!)],
    disorder: await disordered(),
  }
  if (more) for (const line of furtherLines(more)) say(line)
  if (edges >= 1_000_000) for (const goal of goalsOf({ cases, ...more })) say(goalLine(goal))
  console.log(JSON.stringify({ edges, cases, ...more }))
} finally {
  for (const engine of engines) await engine.stop()
}

async function written(engine: Segments) {
  const [items, forEdges] = (await engine.perform({ do: 'split a lot', end: past.graph.end })).numbers as unknown as [
    number,
    number,
  ]
  return { items, forEdges }
}

/** What the hub costs in a past where more was booked late, and where more is not sealed. */
async function disordered(): Promise<Disorder[]> {
  const found: Disorder[] = []
  const size = Math.min(edges, Number(values.disorder))
  for (const [late, tail] of [
    ...[0, 0.01, 0.05].map((late) => [late, 1000] as const),
    ...[0, 10_000].map((tail) => [0.01, tail] as const),
  ]) {
    const past = makeUp({ edges: size, late, seed })
    const engine = await segments(
      past.graph,
      Math.min(tail, size / 2),
      mkdtempSync(join(folder, 'disorder-')),
      port + 2,
    )
    const row = (await compare([engine], questions(past, seed, 1), 1))[0]!.engines[0]!
    found.push({ late, tail, ...sizeOf(size, row), sealing: engine.sealing.writeUnits })
    await engine.stop()
  }
  return found
}

/** What the hub costs in pasts of the same plan, a hundredth and a tenth of a million edges. */
async function smaller(): Promise<Size[]> {
  const sizes: Size[] = []
  for (const size of [10_000, 100_000].filter((size) => size < edges)) {
    const past = makeUp({ edges: size, late, seed })
    const engine = await segments(past.graph, tail, folder, port + 2)
    sizes.push(sizeOf(size, (await compare([engine], questions(past, seed, 1), 1))[0]!.engines[0]!))
    await engine.stop()
  }
  return sizes
}
