// npm run drill -- [--json] [--port n]
// Runs one continuous drill on the local cloud, in a small factory of its own, and says what it showed.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runDrill } from '../bench/recall/drill.ts'
import { synthesized } from '../test/cloud/synthesis.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, port: { type: 'string', default: '25450' } },
})
const app = await synthesized()
try {
  const { recallId, result } = await runDrill(app, Number(values.port))
  const { secondsToFrozen, secondsToScope, secondsToNotified, lots, parties, accounted, holes } = result
  if (!values.json) {
    console.log(`Drill ${recallId}: ${lots} lots, ${parties} parties.`)
    console.log(
      `Frozen after ${secondsToFrozen} s, scope known after ${secondsToScope} s, all told after ${secondsToNotified} s.`,
    )
    console.log(`${accounted} % is at a known place. Holes in the records:`)
    for (const { kind, count, example } of holes) console.log(`  ${String(count).padStart(4)} ${kind} (${example})`)
  }
  console.log(JSON.stringify({ recallId, ...result }))
  if (secondsToNotified === undefined) process.exitCode = 1
} finally {
  rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
}
