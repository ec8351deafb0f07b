// npm run bench:condition -- [--machines 1000] [--days 90] [--json]
// "All that machine M made while its sensor was above 8 degrees in the last 90 days": what it reads, cold and warm.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Device } from '../lib/domain/device.ts'
import { DeviceStatus } from '../lib/domain/device-status.ts'
import { Equipment } from '../lib/domain/equipment.ts'
import { Exposure } from '../lib/domain/exposure.ts'
import type { Write } from '../lib/kit/table.ts'
import { freePort } from '../test/cloud/running.ts'
import { idOf } from './trace/deltas.ts'
import { type Graph, History, prefixes } from './trace/history.ts'
import { Meter } from './trace/meter.ts'
import { Random } from './trace/random.ts'
import { segments } from './trace/segments.ts'

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '1000' },
    days: { type: 'string', default: '90' },
    json: { type: 'boolean', default: false },
  },
})
const [machines, days] = [Number(values.machines), Number(values.days)]
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const begin = Date.UTC(2026, 0, 1)
const iso = (time: number) => new Date(time).toISOString()
/** Exposures of the sensor asked for, of half an hour each, and of each other one. */
const [mine, others] = [60, 5]

/** Each machine works on an order a day, for six hours, and makes a lot of it from a lot that was bought. */
function factory(random: Random): { graph: Graph; eqp: number[] } {
  const history = new History(machines * days * 4)
  const eqp = Array.from({ length: machines }, () => history.node('eqp', begin))
  for (let n = 0; n < days; n += 1)
    for (const machine of eqp) {
      const starts = begin + n * day + random.below(17 * 60) * minute
      const ends = starts + 6 * hour
      const lot = history.node('lot', starts - hour)
      history.draw({
        kind: 'receive',
        from: history.node('slt', starts - hour),
        to: lot,
        at: starts - hour,
        party: 1,
        command: history.record(starts - hour),
      })
      const order = history.node('ord', starts)
      history.draw({ kind: 'consume', from: lot, to: order, at: starts, quantity: 10, command: history.record(starts) })
      history.draw({
        kind: 'run',
        from: machine,
        to: order,
        at: starts,
        until: ends,
        stated: true,
        command: history.record(ends),
      })
      history.draw({
        kind: 'produce',
        from: order,
        to: history.node('lot', ends),
        at: ends,
        quantity: 5,
        command: history.record(ends),
      })
    }
  const graph = history.graph(random)
  return { graph, eqp: eqp.map((node) => graph.numbers[node]!) }
}

const folder = mkdtempSync(join(tmpdir(), 'lotline-condition-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
const random = new Random(1)
const { graph, eqp } = factory(random)
const lotsOf = (numbers: Uint32Array) => [...numbers].filter((number) => prefixes[graph.prefix[number]!] === 'lot')
const engine = await segments(graph, 1000, folder, await freePort(21_400))
try {
  Object.assign(process.env, engine.environment)
  const [{ dynamo, tableName }, { table }, { genealogyOver }, { evidenceFor }, { handler }] = await Promise.all([
    import('../lib/adapters/dynamo.ts'),
    import('../lib/adapters/table.ts'),
    import('../lib/adapters/genealogy.ts'),
    import('../lib/recall/index.ts'),
    import('../lambdas/genealogy/trace-seeds.ts'),
  ])
  const deviceId = Device.sample(1)
  const equipmentId = idOf(graph, eqp[0]!)
  const until = begin + days * day
  const starts = Array.from({ length: mine }, () => begin + random.below(days * 24 * 60) * minute)
  const times = starts.map((start) => [start, start + 30 * minute] as const)
  await furnish(table.transact, deviceId, equipmentId, times, until)

  const meter = new Meter(dynamo)
  const condition = {
    equipmentId,
    deviceId,
    metric: 'temperatureC',
    max: 8,
    clockErrorSeconds: 0,
    from: iso(begin),
    until: iso(until),
  }
  const genealogy = genealogyOver(dynamo, tableName)
  /** As the query does: what it reads first, the evidence, then the trace. */
  const ask = async () => {
    meter.reset()
    const from = performance.now()
    const [status] = await table.states([
      { entity: DeviceStatus, id: deviceId },
      { entity: Equipment, id: equipmentId },
    ])
    const watcher = { ...DeviceStatus.schema.parse(status!.data), id: deviceId }
    const evidence = await evidenceFor([condition], [watcher], { table }, iso(until))
    if ('refusal' in evidence) throw new Error(evidence.refusal)
    const { numbers } = await genealogy.trace({
      seeds: evidence[0]!.windows.map((window) => ({ node: equipmentId, ...window })),
      direction: 'forward',
    })
    const { calls, readUnits, bytes } = meter.reads()
    return { calls, readUnits: Math.ceil(readUnits), bytes, ms: Math.round(performance.now() - from), numbers }
  }
  const cold = await ask()
  const warm = await ask()
  const lots = lotsOf(cold.numbers)
  const expected = expectedLots(eqp[0]!, times)
  const exact = JSON.stringify(lots) === JSON.stringify(expected)
  const scans = (handler.uses as readonly string[]).includes('series')
  const told = ({ calls, readUnits, bytes, ms }: typeof cold) => ({ calls, readUnits, bytes, ms })
  const result = {
    ...{
      machines,
      days,
      edges: graph.length,
      exposures: mine,
      lots: lots.length,
      exact,
      telemetryReads: scans ? null : 0,
    },
    ...{ cold: told(cold), warm: told(warm) },
  }
  if (!values.json) {
    console.log(
      `${machines} machines, ${graph.length} edges; one machine, ${mine} times out of range: ${lots.length} lots, ${exact ? 'exactly those that the past says' : 'NOT those that the past says'}`,
    )
    for (const name of ['cold', 'warm'] as const)
      console.log(`${name}: ${result[name].calls} reads, ${result[name].readUnits} read units, ${result[name].ms} ms`)
    console.log('the function has no way to the time series: no reading is looked at')
  }
  console.log(JSON.stringify(result))
  if (!exact || cold.calls > 10 || scans) process.exitCode = 1
} finally {
  await engine.stop()
}

/** Machines, sensors and exposures, as ingestion leaves them. */
async function furnish(
  transact: (writes: readonly Write[]) => Promise<unknown>,
  deviceId: string,
  equipmentId: string,
  times: readonly (readonly [number, number])[],
  until: number,
) {
  let count = 0
  const exposed = (of: string, start: number, end: number): Write[] => {
    const data = Exposure.schema.parse({
      ...Exposure.like({ deviceId: of, start: iso(start), end: iso(end) }),
      peakAt: iso(start),
    })
    const next = { id: Exposure.sample(++count), version: 1, head: '', facts: 0, data }
    return [
      { kind: 'state', entity: Exposure, expect: 0, next },
      { kind: 'under', entity: Exposure, about: of, next },
    ]
  }
  const state = (entity: typeof Equipment | typeof DeviceStatus, id: string, data: object): Write => ({
    ...{ kind: 'state', entity, expect: 0 },
    next: { id, version: 1, head: '', facts: 0, data: data as Record<string, unknown> },
  })
  const heard = { temperatureC: [[begin / 1000, until / 1000]] as [number, number][] }
  await transact([
    state(DeviceStatus, deviceId, DeviceStatus.like({ heard })),
    state(Equipment, equipmentId, Equipment.like()),
  ])
  for (const [start, end] of times) await transact(exposed(deviceId, start, end))
  for (let n = 2; n <= machines; n += 1)
    await transact(
      Array.from({ length: others }, () => begin + random.below(days * 24 * 60) * minute).flatMap((start) =>
        exposed(Device.sample(n), start, start + hour),
      ),
    )
}

/** Lots made of orders on which the machine ran while it was out of range, by the past itself. */
function expectedLots(machine: number, times: readonly (readonly [number, number])[]): number[] {
  const hot = new Set<number>()
  const made: [number, number][] = []
  for (let edge = 0; edge < graph.length; edge += 1) {
    const [from, to, at, end] = [graph.from[edge]!, graph.to[edge]!, graph.at[edge]!, graph.until[edge]!]
    if (from === machine && times.some(([start, stop]) => start <= end && at <= stop)) hot.add(to)
    if (prefixes[graph.prefix[from]!] === 'ord') made.push([from, to])
  }
  return made.flatMap(([order, lot]) => (hot.has(order) ? [lot] : [])).sort((a, b) => a - b)
}
