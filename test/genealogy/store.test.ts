import { fork } from 'node:child_process'
import { once } from 'node:events'
import { crc32 } from 'node:zlib'
import { DeleteCommand, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeManifest } from '#genealogy/manifest'
import type { StoredEdge } from '#kit'
import { keys } from '#kit/keys'
import { nodeId, numberOf } from '#kit/node'
import { ForeignCursor } from '#kit/table'
import { told, wild } from './history.ts'
import { listed, recordingOf } from './recording.ts'
import { expected, isWrite, mortal, requestsFor, Sealing } from './sealing.ts'

const sealing = new Sealing()
beforeAll(() => sealing.start(21_210))
beforeEach(() => sealing.table.fresh())
afterEach(() => vi.restoreAllMocks())
afterAll(() => sealing.table.stop())

/** Writes of a seal between two that are not lived to see; `npm run test:histories` takes each. */
const killSteps = Number(process.env.KILL_STEPS ?? 7)
/** Milliseconds: some of these start processes and engines on whatever machine runs them. */
const patience = 300_000
const recordings = (most: number) =>
  fc
    .oneof(told(most), wild(most))
    .map(recordingOf)
    .filter((edges) => edges.length > 0)
/** A history that fills several segments and leaves something late. */
const past = recordingOf(fc.sample(told(150), { numRuns: 1, seed: 11 })[0]!)
const parts = (edges: readonly StoredEdge[], count = 3) =>
  Array.from({ length: count }, (_, n) => edges.filter((_, index) => Math.floor((count * index) / edges.length) === n))

async function expectSame(edges: readonly StoredEdge[], count = 3) {
  for (const request of requestsFor(edges, count))
    expect((await sealing.traced(request)).told).toEqual(expected(edges, request))
}

async function seal(): Promise<void> {
  expect(await sealing.sealer().seal(sealing.later())).toBe(true)
}

/** Records and seals a history in parts. */
async function sealed(edges: readonly StoredEdge[], count = 3): Promise<void> {
  for (const part of parts(edges, count)) {
    await sealing.record(part, 20)
    await seal()
  }
}

/** Every stored part of the genealogy, by its keys. */
async function storedParts(): Promise<{ pk: string; sk: string }[]> {
  const { dynamo, tableName } = sealing.adapters
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: tableName(), ConsistentRead: true }))
  return (Items as { pk: string; sk: string }[]).filter(({ pk }) => /^GENEALOGY#(SEGMENT|LATE)#/.test(pk))
}

/** Puts another first byte, which is the format, into stored bytes. */
async function rewrite(pk: string, sk: string, attribute: string, format: number): Promise<Uint8Array> {
  const { dynamo, tableName } = sealing.adapters
  const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key: { pk, sk } }))
  const bytes = Uint8Array.of(format, ...(Item![attribute] as Uint8Array).subarray(1))
  await dynamo.send(new PutCommand({ TableName: tableName(), Item: { ...Item, [attribute]: bytes } }))
  return bytes
}

async function putManifest(manifest: Uint8Array): Promise<void> {
  const { dynamo, tableName } = sealing.adapters
  const Key = { pk: keys.manifest, sk: keys.state }
  const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key }))
  await dynamo.send(new PutCommand({ TableName: tableName(), Item: { ...Item, manifest } }))
}

describe('sealing', () => {
  test(
    'before, between and after seals a trace says the same, and no edge is lost or twice',
    async () => {
      await fc.assert(
        fc.asyncProperty(recordings(40), async (recording) => {
          await sealing.table.fresh()
          const seen: StoredEdge[] = []
          for (const part of parts(recording)) {
            await sealing.record(part)
            seen.push(...part)
            if (seen.length > 0) await expectSame(seen, 2)
            await seal()
            expect(listed(await sealing.contents())).toEqual(listed(seen))
            if (seen.length > 0) await expectSame(seen, 2)
          }
        }),
        { numRuns: 12, endOnFailure: true },
      )
    },
    patience,
  )

  test(
    'what comes late goes into runs, and from there into its segments',
    async () => {
      const store = sealing.store()
      let [ran, folded] = [0, 0]
      const seen: StoredEdge[] = []
      for (const part of parts(past, 12)) {
        const before = (await store.head()).manifest.late.length
        await sealing.record(part, 20)
        await seal()
        seen.push(...part)
        const after = (await store.head()).manifest.late.length
        if (after > before) ran += 1
        if (after < before) folded += 1
        expect(listed(await sealing.contents())).toEqual(listed(seen))
      }
      expect(ran).toBeGreaterThan(0)
      expect(folded).toBeGreaterThan(0)
      await expectSame(past, 6)
    },
    patience,
  )

  test(
    'sealing the same gives the same bytes',
    async () => {
      const images = []
      for (let time = 0; time < 2; time += 1) {
        await sealing.table.fresh()
        await sealed(past, 2)
        const { manifest } = await sealing.store().head()
        images.push({ ...manifest, at: 0 })
      }
      expect(images[1]).toEqual(images[0])
    },
    patience,
  )

  test(
    'it is due after a day, or where a seal was cut short, else it waits',
    async () => {
      const [first, ...rest] = past
      expect(await sealing.sealer().sealIfDue(sealing.later())).toEqual({ sealed: false })
      await sealing.record(rest.slice(0, 60), 1)
      const now = sealing.later()
      await sealing.sealer().seal(now)
      await sealing.record([first!])
      expect(await sealing.sealer().sealIfDue(now + 3600_000)).toEqual({ sealed: false })
      await sealing.adapters.closeTail()
      expect(await sealing.sealer().sealIfDue(now + 3600_000)).toEqual({ sealed: true })
    },
    patience,
  )
})

describe('a sealer that is killed', () => {
  test(
    'before any of its writes loses nothing and leaves nothing twice',
    async () => {
      const [begin, end] = parts(past.slice(0, 90), 2) as [StoredEdge[], StoredEdge[]]
      await sealing.record(begin, 20)
      await seal()
      await sealing.record(end, 20)
      for (let lives = 0, done = false; !done; lives += 1) {
        const client = mortal(sealing.adapters.dynamo, isWrite, lives)
        done = await sealing
          .sealer(client)
          .seal(sealing.later())
          .catch((error: Error) => {
            expect(error.message).toBe('killed')
            return false
          })
        expect(listed(await sealing.contents())).toEqual(listed([...begin, ...end]))
        await expectSame([...begin, ...end], 1)
      }
    },
    patience,
  )

  test(
    'by kill -9, in a process of its own, leaves a store in which the next one goes on',
    async () => {
      await sealing.record(past, 20)
      let kills = 0
      for (let lives = 0, done = false; !done; lives += killSteps) {
        const child = fork(new URL('mortal-sealer.ts', import.meta.url).pathname, [
          String(lives),
          String(sealing.later()),
        ])
        const [code, signal] = await once(child, 'exit')
        done = code === 0
        if (!done) expect(signal).toBe('SIGKILL')
        kills += done ? 0 : 1
        expect(listed(await sealing.contents())).toEqual(listed(past))
      }
      expect(kills).toBeGreaterThan(2)
      await expectSame(past, 2)
    },
    patience,
  )

  test(
    'together with the store, by kill -9 as well, goes on where it was',
    async () => {
      await sealing.record(past, 20)
      for (let lives = 1, done = false; !done; lives += killSteps) {
        const client = mortal(sealing.adapters.dynamo, isWrite, lives)
        done = await sealing
          .sealer(client)
          .seal(sealing.later())
          .catch((error: Error) => {
            expect(error.message).toBe('killed')
            return false
          })
        await sealing.table.kill()
        expect(listed(await sealing.contents())).toEqual(listed(past))
      }
      await expectSame(past)
    },
    patience,
  )
})

describe('two sealers', () => {
  test(
    'at once: one seals, the other finds the lease taken',
    async () => {
      await sealing.record(past, 20)
      const now = sealing.later()
      const done = await Promise.all([1, 2, 3].map(() => sealing.sealer().seal(now)))
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(listed(await sealing.contents())).toEqual(listed(past))
    },
    patience,
  )

  test(
    'of which one was taken for dead and wakes up late: it can write nothing that counts',
    async () => {
      const [begin, middle, end] = parts(past) as [StoredEdge[], StoredEdge[], StoredEdge[]]
      await sealing.record(begin, 20)
      await seal()
      await sealing.record(middle, 20)
      const seen = [...begin, ...middle]
      for (const sleeps of [2, 4, 6, 8]) {
        // It falls asleep before one of its writes; meanwhile others seal twice.
        let writes = 0
        const sleeper = {
          send: async (command: any, ...rest: any[]) => {
            writes += isWrite(command.constructor.name) ? 1 : 0
            if (isWrite(command.constructor.name) && writes === sleeps) {
              await seal()
              await sealing.record(end.splice(0, 5), 5)
              seen.splice(0, seen.length, ...past.filter((edge) => !end.includes(edge)))
              await seal()
            }
            return (sealing.adapters.dynamo.send as any)(command, ...rest)
          },
        }
        await sealing
          .sealer(sleeper as any)
          .seal(sealing.later())
          .catch(() => undefined)
        expect(listed(await sealing.contents())).toEqual(listed(seen))
        await expectSame(seen, 2)
      }
    },
    patience,
  )
})

describe('a reader', () => {
  test(
    'who read the manifest before seals went on answers for one moment: that one, or anew',
    async () => {
      // Each seal writes the segments again, so that the second one writes over what the reader wants.
      const [begin, ...more] = [past.slice(0, 20), past.slice(20, 60), past.slice(60)] as const
      await sealing.record(begin, 20)
      await seal()
      let [heads, seals] = [0, 0]
      const slow = {
        send: async (command: any, ...rest: any[]) => {
          const isHead = JSON.stringify(command.input.RequestItems ?? '').includes(keys.manifest)
          const answer = await (sealing.adapters.dynamo.send as any)(command, ...rest)
          heads += isHead ? 1 : 0
          for (const part of isHead && heads === 1 ? more : []) {
            await sealing.record(part, 20)
            await seal()
            seals += 1
          }
          return answer
        },
      }
      const request = requestsFor(begin, 1)[0]!
      const { answer, told } = await sealing.traced(request, slow as any)
      expect(seals).toBe(2)
      expect(heads).toBeGreaterThan(1)
      expect(told).toEqual(expected(past, request))
      expect(answer.repaired).toEqual([])
    },
    patience,
  )

  test(
    'gets the same answer where any part is missing or damaged, and is told',
    async () => {
      const { dynamo, tableName } = sealing.adapters
      await sealed(past.slice(0, 120), 4)
      const request = { seeds: [{ node: past[0]!.from }], direction: 'forward' as const }
      const [seen, wanted] = [past.slice(0, 120), expected(past.slice(0, 120), request)]
      const log = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
      const found = await storedParts()
      let told = 0
      for (const [n, key] of found.entries()) {
        const Key = { pk: key.pk, sk: key.sk }
        const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key }))
        const bytes = Uint8Array.from(Item!.bytes as Uint8Array)
        bytes[Math.floor(bytes.length / 2)]! ^= 1
        if (n % 2 === 0) await dynamo.send(new DeleteCommand({ TableName: tableName(), Key }))
        else await dynamo.send(new PutCommand({ TableName: tableName(), Item: { ...Item, bytes } }))
        const answer = await sealing.traced(request)
        expect(answer.told).toEqual(wanted)
        told += answer.answer.repaired.length
        if (n % 3 > 0) await dynamo.send(new PutCommand({ TableName: tableName(), Item: Item! }))
      }
      expect(told).toBeGreaterThan(found.length / 4)
      const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
      expect(lines.length).toBeGreaterThanOrEqual(told / 2)
      expect(lines.every(({ GenealogyDamaged, part }) => GenealogyDamaged === 1 && part.startsWith('GENEALOGY#'))).toBe(
        true,
      )
      // A seal that needs what is damaged makes everything anew.
      await sealing.record(past.slice(120), 20)
      await seal()
      log.mockRestore()
      expect(listed(await sealing.store().recorded(0, 99))).toEqual(listed(past))
      void seen
      await expectSame(past)
    },
    patience,
  )

  test(
    'is told by name what other code has written, and nothing is answered or sealed from it',
    async () => {
      await sealed(past.slice(0, 120), 1)
      const { manifest } = await sealing.store().head()
      const [entry] = manifest.segments.flatMap((one, segment) => (one ? [{ segment, ...one }] : []))
      const request = { seeds: [{ node: past[0]!.from }], direction: 'forward' as const }
      for (const [name, format, says] of [
        ['parents', 9, 'parents 0: A stored piece has format 9; this code reads format 2. Deploy a newer one.'],
        ['rest', 1, 'rest 0: A stored piece has format 1; this code reads format 2. Make it anew with'],
      ] as const) {
        const foreign = await rewrite(keys.segment(entry!.segment), `${name.toUpperCase()}#0`, 'bytes', format)
        const segments = manifest.segments.map((one, n) =>
          one && n === entry!.segment ? { ...one, [name]: { bytes: foreign.length, crc: crc32(foreign) } } : one,
        )
        await putManifest(encodeManifest({ ...manifest, segments }))
        await expect(sealing.traced(request)).rejects.toThrow(`${keys.segment(entry!.segment)} ${says}`)
        await rewrite(keys.segment(entry!.segment), `${name.toUpperCase()}#0`, 'bytes', 2)
      }
      await putManifest(encodeManifest(manifest))
      const foreign = await rewrite(keys.manifest, keys.state, 'manifest', 9)
      const refusal = "The genealogy's manifest has format 9; this code reads 1. Deploy a newer one."
      await expect(sealing.traced(request)).rejects.toThrow(refusal)
      await sealing.record(past.slice(120))
      await expect(sealing.sealer().seal(sealing.later())).rejects.toThrow(refusal)
      expect(await rewrite(keys.manifest, keys.state, 'manifest', 1)).toHaveLength(foreign.length)
      await seal()
      await expectSame(past, 2)
    },
    patience,
  )

  test(
    'turns the pages of an answer without a trace of its own for each, until something is recorded',
    async () => {
      await sealed(past.slice(0, 100), 1)
      let calls = 0
      const counted = {
        send: (...command: any[]) => {
          calls += 1
          return (sealing.adapters.dynamo.send as any)(...command)
        },
      }
      const genealogy = sealing.genealogy(counted as any)
      const request = { seeds: [{ node: past[0]!.from }], direction: 'forward' as const }
      const answer = await genealogy.trace(request)
      calls = 0
      expect(await genealogy.trace({ ...request, exclude: [] })).toBe(answer)
      expect(calls).toBe(1)
      await sealing.record(past.slice(100))
      const { items } = (await genealogy.trace(request)).page(undefined, 10_000)
      expect(items.map(({ id, grade, rule }) => `${numberOf(id)} ${grade} ${rule}`)).toEqual(expected(past, request))
    },
    patience,
  )

  test(
    'may go on only in the answer that he began',
    async () => {
      await sealed(past.slice(0, 100), 1)
      const genealogy = sealing.genealogy()
      const seeds = [{ node: past[0]!.from }]
      const answer = await genealogy.trace({ seeds, direction: 'forward' })
      const { next } = answer.page(undefined, 2)
      expect((await genealogy.trace({ seeds, direction: 'forward' })).page(next, 2).items).toHaveLength(2)
      const other = await genealogy.trace({ seeds, direction: 'backward' })
      expect(() => other.page(next)).toThrow(ForeignCursor)
      expect(() => answer.page('bm90aGluZw')).toThrow('must be the "next" of the page before')
      await sealing.record([{ ...past[0]!, to: past.at(-1)!.to }])
      const moved = await genealogy.trace({ seeds, direction: 'forward' })
      if (moved.fingerprint !== answer.fingerprint) expect(() => moved.page(next)).toThrow('has changed since')
    },
    patience,
  )
})

test(
  'sixteen writers, seals and freezes at once: whatever was acknowledged before a trace began is in its answer',
  async () => {
    // One long chain of splits: a forward trace of its beginning reaches exactly what was recorded.
    const at = '2026-03-02T08:00:00.000Z'
    const node = (n: number) => nodeId('lot', Date.parse(at) + n, 5000 + 37 * n)
    const edges = Array.from({ length: 800 }, (_, n): StoredEdge => {
      const [from, to] = [node(n === 0 ? 0 : (n - 1) >> 1), node(n + 1)]
      return { kind: 'split', from, to, at, recordedAt: at, fact: { entityId: to, version: 1 } }
    })
    const acknowledged = new Set<string>()
    let [next, writing, seals, traces] = [0, true, 0, 0]
    const writers = Array.from({ length: 16 }, async () => {
      while (next < edges.length) {
        const edge = edges[next++]!
        await sealing.record([edge])
        acknowledged.add(edge.to)
      }
    })
    const genealogy = sealing.genealogy()
    const others = [
      async () => {
        await seal()
        seals += 1
      },
      () => sealing.adapters.closeEpoch(),
      () => sealing.adapters.closeTail(),
      async () => {
        // Backward from what is acknowledged: a parent may not be recorded yet, but the edge into it is.
        const wanted = [...acknowledged].slice(-20)
        const { numbers } = await genealogy.reach({ seeds: wanted.map((id) => ({ node: id })), direction: 'backward' })
        const parents = edges.filter(({ to }) => wanted.includes(to)).map(({ from }) => numberOf(from))
        expect(parents.filter((parent) => !numbers.includes(parent))).toEqual([])
        traces += 1
      },
    ].map(async (work) => {
      while (writing) await work()
    })
    await Promise.all(writers)
    writing = false
    await Promise.all(others)
    expect([seals > 2, traces > 2]).toEqual([true, true])
    expect(listed(await sealing.contents())).toEqual(listed(edges))
    const { numbers } = await genealogy.trace({ seeds: [{ node: node(0) }], direction: 'forward' })
    expect(numbers).toHaveLength(801)
  },
  patience,
)
