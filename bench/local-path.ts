// Measures the request path of the local cloud under a synthesized app: node bench/local-path.ts <cdk.out> <function> <event JSON>
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invokeFunction } from '../lib/local/lambda.ts'
import { startLocalCloud } from '../lib/local/start.ts'

const [out = 'cdk.out', name, event = '{}'] = process.argv.slice(2)
const data = mkdtempSync(join(tmpdir(), 'lotline-bench-'))
const cloud = await startLocalCloud({ out, data, port: 21_900 })
const CLIENTS = 16
const SECONDS = 5
const times: number[] = []
let count = 0
const load = async (end: number) => {
  while (performance.now() < end) {
    const begin = performance.now()
    await invokeFunction(name!, JSON.parse(event.replaceAll('%n', String(count++))))
    times.push(performance.now() - begin)
  }
}
const run = (seconds: number) =>
  Promise.all(Array.from({ length: CLIENTS }, () => load(performance.now() + seconds * 1000)))
await run(1)
times.length = 0
const cpu = process.cpuUsage()
await run(SECONDS)
const { user, system } = process.cpuUsage(cpu)
times.sort((a, b) => a - b)
const at = (part: number) => Number(times[Math.floor(times.length * part)]!.toFixed(1))
console.log(
  JSON.stringify({
    name,
    perSecond: Math.round(times.length / SECONDS),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuSeconds: (user + system) / 1e6,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
  }),
)
await cloud.stop()
rmSync(data, { recursive: true, force: true, maxRetries: 5 })
