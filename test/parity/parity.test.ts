import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discover } from '../../lib/discover.ts'
import type { Command, Deciding } from '../../lib/kit/command.ts'
import { problem, statusOf } from '../../lib/kit/errors.ts'
import type { Result } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts'
import { Door } from '../cloud/door.ts'
import { everything } from '../cloud/everything.ts'
import { linkSigner } from '../cloud/links.ts'
import { freePort } from '../cloud/running.ts'
import { synthesized } from '../cloud/synthesis.ts'
import { type OpenTable, openTable } from '../cloud/table.ts'
import { claimsOf, type Signer, tokenSigner } from '../cloud/tokens.ts'
import { install } from '../kit/install.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'
import { runSigned } from '../kit/signing.ts'
import { comparable, type Example, fresh, tagOf, timeless } from './fresh.ts'
import { freeingWrites, givenWrites } from './given.ts'
import { invoke } from './invocations.ts'
import { scenes, unstaged } from './scenes.ts'

const port = await freePort(25_000)
const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const found = await discover(root)

let cloud: LocalCloud
let folder: string
let door: Door
let sign: Signer
let world: OpenTable
let prove: ReturnType<typeof linkSigner>
let runs = 0

beforeAll(async () => {
  const app = await synthesized()
  folder = app.folder
  cloud = await startLocalCloud({ port, data: app.data, out: app.out })
  door = new Door(port)
  sign = await tokenSigner(port, app.data)
  world = await openTable(port)
  prove = linkSigner(app.data)
}, 120_000)

afterAll(async () => {
  door?.close()
  await cloud?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** The example without a cloud, at this time; with every write it made. */
async function purely(name: string, spec: Deciding, example: Example, now: string) {
  const table = new MemoryTable()
  install(table, spec, example)
  const writes: Write[] = []
  const transact = table.transact.bind(table)
  table.transact = (all) => {
    writes.push(...all)
    return transact(all)
  }
  const performs = { ...spec, perform: async () => example.performed }
  const by = { signIn: { at: now, id: 'sign-in-1' }, ...example.by }
  const actor = exampleActor('roles' in spec ? (spec as Command).roles : [], by)
  const request = { command: name, id: 'pure', actor }
  const result = await runSigned(performs, spec.input.parse(example.when), request, {
    ...worldOf(table),
    now: () => now,
  })
  return { result, writes }
}

/** Puts the world of the example into the cloud, and frees the natural keys that it is going to take. */
async function prepare(name: string, spec: Deciding, example: Example) {
  const { writes } = await purely(name, spec, example, new Date().toISOString())
  const taken = writes.flatMap((write): Write[] => (write.kind === 'unique' ? [{ ...write, kind: 'retire' }] : []))
  const free = freeingWrites(spec, example)
  if (free.length > 0) expect(await world.table.transact(free)).toEqual({ done: true })
  const given = givenWrites(spec, example)
  if (given.length + taken.length > 0) expect(await world.table.transact([...given, ...taken])).toEqual({ done: true })
  await scenes[`${name}: ${example.name}`]?.(example, world)
}

async function overHttp(spec: Command, example: Example) {
  const [method = '', route = ''] = spec.route.split(' ')
  const body = { ...example.when, ...(spec.link ? { proof: await prove(example.when.noticeId) } : {}) }
  const path = route.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = body[field]
    delete body[field]
    return encodeURIComponent(value)
  })
  const call = async (signed: object) => {
    const token = spec.link ? {} : { token: await sign(claimsOf(exampleActor(spec.roles, example.by))) }
    const { status, text } = await door.call({ method, path, ...token, body: { ...body, ...signed } })
    return { status, body: JSON.parse(text) }
  }
  const answer = await call({})
  if (answer.body.code !== 'signature-missing') return answer
  return call({ signature: { hash: answer.body.details.hash, timeZone: 'Europe/Berlin' } })
}

function expectSameAnswer(answer: { status: number; body: any }, result: Result, example: Example) {
  const known = JSON.stringify(example)
  if (result.ok) {
    expect(comparable(answer.body, known)).toEqual(comparable(result.answer.body, known))
    expect(answer.status).toBe(result.answer.status)
    return
  }
  const { requestId, ...said } = answer.body
  expect(requestId).toMatch(/^[\da-f-]{36}$/)
  expect(timeless(said)).toEqual(timeless(problem(result.refusal, result.text, 'en')))
  expect(answer.status).toBe(statusOf[result.text.kind])
}

/** Types of the facts that this function wrote in this run. */
async function factsOf(name: string, run: number): Promise<string[]> {
  const written = await everything({
    FilterExpression: 'contains(fact, :name)',
    ExpressionAttributeValues: { ':name': `"command":"${name}"` },
  })
  const own = written.filter(({ fact }) => JSON.stringify(fact).includes(tagOf(run)))
  return own.map(({ fact }) => (fact as any).type).sort()
}

for (const { name, spec } of found) {
  if (spec.kind === 'query') continue
  describe(name, () => {
    for (const original of spec.examples) {
      if (unstaged[`${name}: ${original.name}`]) continue
      // Its command needs a world of its own: test/iot/messages.test.ts runs such.
      if ('dispatched' in original.then) continue
      test(original.name, async () => {
        runs += 1
        const example = fresh(original, runs)
        await prepare(name, spec, example)
        if (spec.kind === 'command') {
          const answer = await overHttp(spec, example)
          if ('refused' in example.then) expect(answer.body.code).toBe(example.then.refused)
          else expect(answer.body.facts?.map(({ type }: any) => type) ?? answer.body).toEqual(example.then)
          const now = answer.body.facts?.[0]?.at ?? new Date().toISOString()
          expectSameAnswer(answer, (await purely(name, spec, example, now)).result, example)
          return
        }
        const run = runs
        const ending = await invoke(name, spec, example.when, `${run}`)
        const { then } = example
        const says = spec.kind === 'task' && spec.otherwise ? 'otherwise' : 'refused' in then && then.refused
        expect(ending).toBe('refused' in then ? says : undefined)
        expect(await factsOf(name, run)).toEqual(Array.isArray(then) ? then.toSorted() : [])
      })
    }
  })
}

test('every scene belongs to an example', () => {
  const names = found.flatMap(({ name, spec }) =>
    spec.kind === 'query' ? [] : spec.examples.map((example) => `${name}: ${example.name}`),
  )
  expect(Object.keys({ ...scenes, ...unstaged }).filter((name) => !names.includes(name))).toEqual([])
})
