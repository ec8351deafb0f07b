// Runs the synthesized app (cdk.out) on this machine until Ctrl-C.
import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { cacheFolder } from '../lib/local/cache.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4600' },
    data: { type: 'string', default: '.lotline' },
    out: { type: 'string', default: 'cdk.out' },
    seed: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
})

const begin = performance.now()
// Imported after it, so that its packages need not be compiled again.
enableCompileCache(cacheFolder)
try {
  const { startLocalCloud } = await import('../lib/local/start.ts')
  const cloud = await startLocalCloud({
    ...values,
    port: Number(values.port),
    seed: Number(values.seed),
    log: (line) => console.log(line),
  })
  console.log(`ready in ${((performance.now() - begin) / 1000).toFixed(2)} s: ${cloud.url} (Ctrl-C ends)`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cloud.stop())
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
