import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { discover } from '../../lib/discover.ts'
import { openapi } from '../../lib/openapi.ts'
import { audit } from '../cloud/audit.ts'
import { Door } from '../cloud/door.ts'
import { everything } from '../cloud/everything.ts'
import { freePort, type Running, startRunning } from '../cloud/running.ts'
import { synthesized } from '../cloud/synthesis.ts'
import { openTable } from '../cloud/table.ts'
import { tokenSigner } from '../cloud/tokens.ts'
import { campaign, type Findings } from './fuzz.ts'

const port = await freePort(25_100)
const seed = Number(process.env.FUZZ_SEED ?? 20_261_122)
const requests = Number(process.env.FUZZ_REQUESTS ?? 1500)
const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

let folder: string
let cloud: Running
let door: Door
let found: Findings
let items: Awaited<ReturnType<typeof everything>>
let logs: string

beforeAll(
  async () => {
    const app = await synthesized()
    folder = app.folder
    logs = join(app.data, 'lambda', 'logs')
    cloud = await startRunning({ port, ...app })
    door = new Door(port)
    const sign = await tokenSigner(port, app.data)
    const document = openapi(await discover(root))
    found = await campaign({ door, sign, document, seed, requests })
    await openTable(port)
    items = await everything()
    console.log(`fuzz: seed ${seed}, ${found.requests} requests, by status ${JSON.stringify(found.byStatus)}`)
    const yes = Object.keys(found.accepted).length
    console.log(`fuzz: ${yes} of ${yes + found.closed.length} operations said yes: ${JSON.stringify(found.accepted)}`)
    console.log(`fuzz: ${found.closed.length} never did: ${found.closed.join(', ')}`)
  },
  120_000 + requests * 200,
)

afterAll(async () => {
  door?.close()
  await cloud?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('every answer is right: no 5xx, documented statuses, a problem that names field and rule', () => {
  if (found.offences.length > 0) console.log(`fuzz: faults in the logs:\n${faultsIn(logs).slice(0, 20).join('\n')}`)
  expect(found.offences.slice(0, 10).join('\n\n')).toBe('')
})

/** What functions logged of errors that are no refusals: the cause of a 500. */
const faultsIn = (folder: string) =>
  readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"level":"error"') || line.includes('Task timed out'))
      .map((line) => `${name}: ${line}`),
  )

test('requests got inside: most operations said yes, and each kind of no was heard', () => {
  for (const status of [200, 201, 400, 401, 403, 404, 409, 422])
    expect(found.byStatus[status], `${status}`).toBeGreaterThan(0)
  expect(found.closed.length).toBeLessThan(Object.keys(found.accepted).length)
})

test('nothing was written in part', async () => {
  const { counts, problems } = await audit(items)
  console.log(`fuzz: audited ${JSON.stringify(counts)}`)
  expect(problems).toEqual([])
})

test('only requests that were answered with a yes have written', () => {
  const facts = items.flatMap((item) => (item.fact ? [item.fact as any] : []))
  const silent = facts.filter(({ by, request }) => by.sub !== 'lotline' && !found.yes.has(request))
  expect(silent.map(({ type, request, command }) => `${command} ${type} ${request}`)).toEqual([])
})
