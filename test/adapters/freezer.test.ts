import { ScanCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { firstNumber, nodeId, placeOf, segmentOf } from '#kit/node'
import type { Ports } from '#kit/ports'
import { epochCopies } from '#kit/settle'
import type { Table } from '#kit/table'
import { decodeMark, encodeMark } from '../../lib/genealogy/marks.ts'
import { TestTable } from '../genealogy/engine.ts'

const engine = new TestTable()
let table: Table
let freezer: Ports['freezer']
let epochs: typeof import('../../lib/adapters/epoch.ts')
let client: typeof import('../../lib/adapters/dynamo.ts')

beforeAll(async () => {
  await engine.start(21_150)
  ;[{ table }, { freezer }, epochs, client] = await Promise.all([
    import('../../lib/adapters/table.ts'),
    import('../../lib/adapters/freezer.ts'),
    import('../../lib/adapters/epoch.ts'),
    import('../../lib/adapters/dynamo.ts'),
  ])
})
afterAll(() => engine.stop())
beforeEach(() => engine.fresh())

const lot = (number: number) => nodeId('lot', 0, number)

/** The table as a function sees it that starts now: without an epoch that it remembers. */
async function covering(numbers: readonly number[]) {
  const epoch = await epochs.readEpoch()
  // A check that fails makes the function forget what it knew.
  await table.transact([{ kind: 'epoch', epoch: epoch + 1_000_000, copy: 0 }])
  const { recalls } = await table.freeze(numbers.map(lot))
  return new Map(numbers.map((number) => [number, [...(recalls.get(lot(number)) ?? [])].sort()]))
}

test('a mark says exactly which places it covers, in at most 520 bytes', () => {
  const places = fc.uniqueArray(fc.nat(4095), { maxLength: 4096, size: 'max' })
  fc.assert(
    fc.property(places, fc.nat(1e9), (some, epoch) => {
      const mark = encodeMark(epoch, some)
      expect(mark.length).toBeLessThanOrEqual(520)
      const read = decodeMark(mark)
      const covered = Array.from({ length: 4096 }, (_, place) => place).filter((place) => read.has(place))
      expect([read.epoch, covered]).toEqual([epoch, [...some].sort((a, b) => a - b)])
    }),
  )
  expect(encodeMark(7, [4000]).length).toBe(4)
})

const recalls = ['rcl_1', 'rcl_2', 'rcl_3']
const numbers = [0, 1, 4095, 4096, 4097, 9000, 12_288].map((number) => number + firstNumber)
const step = fc.oneof(
  fc.record({
    does: fc.constant('freeze' as const),
    recall: fc.constantFrom(...recalls),
    some: fc.subarray(numbers, { minLength: 1 }),
  }),
  fc.record({ does: fc.constant('lift' as const), recall: fc.constantFrom(...recalls) }),
  fc.record({
    does: fc.constant('born' as const),
    recall: fc.constantFrom(...recalls),
    number: fc.constantFrom(...numbers),
  }),
  fc.record({
    does: fc.constant('narrow' as const),
    recall: fc.constantFrom(...recalls),
    some: fc.subarray(numbers),
    /** What is born frozen after the marks were read stays. */
    number: fc.constantFrom(...numbers),
  }),
  fc.record({ does: fc.constant('seal' as const) }),
)

describe('freezes in the table', () => {
  test('cover what the model says, whatever is frozen, born, lifted and sealed in which order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await engine.fresh()
        await table.lease(3 * 4096 + 1)
        const model = new Map(recalls.map((recall) => [recall, new Set<number>()]))
        for (const one of steps) {
          if (one.does === 'freeze') {
            await freezer.freeze(one.recall, one.some)
            for (const number of one.some) model.get(one.recall)!.add(number)
          } else if (one.does === 'lift') {
            await freezer.lift(one.recall)
            model.get(one.recall)!.clear()
          } else if (one.does === 'born') {
            const epoch = await epochs.readEpoch()
            const places = new Map([[one.recall, [placeOf(one.number)]]])
            await table.transact([{ kind: 'frozen', segment: segmentOf(one.number), places, epoch }])
            model.get(one.recall)!.add(one.number)
          } else if (one.does === 'narrow') {
            const before = model.get(one.recall)!
            const marks = await freezer.marked(one.recall)
            // A node is born once: what is frozen already is not born now.
            const born = before.has(one.number) ? [] : [one.number]
            const epoch = await epochs.readEpoch()
            const places = new Map([[one.recall, born.map(placeOf)]])
            if (born.length > 0)
              await table.transact([{ kind: 'frozen', segment: segmentOf(one.number), places, epoch }])
            await freezer.narrow(one.recall, marks, one.some)
            model.set(one.recall, new Set([...before].filter((number) => one.some.includes(number)).concat(born)))
          } else await epochs.closeEpoch()
        }
        const expected = numbers.map((number) => recalls.filter((recall) => model.get(recall)!.has(number)))
        expect([...(await covering(numbers)).values()]).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  test('are not in force before their epoch', async () => {
    const number = firstNumber
    await table.transact([
      { kind: 'frozen', segment: 1, places: new Map([['rcl_1', [0]]]), epoch: (await epochs.readEpoch()) + 1 },
    ])
    expect((await covering([number])).get(number)).toEqual([])
    await epochs.closeEpoch()
    expect((await covering([number])).get(number)).toEqual(['rcl_1'])
  })

  test('of 249,000 lots in 133 segments cost at most 300 write units and one flip', async () => {
    const places = Array.from({ length: 249_000 }, (_, n) => n % 133).map(
      (segment, n) => (segment + 1) * 4096 + ((Math.floor(n / 133) * 2_654_435_761) % 4096),
    )
    const all = [...new Set(places)]
    let written = 0
    const { send } = client.dynamo
    client.dynamo.send = (command: any) => {
      if (command instanceof UpdateCommand) written += 1
      // A transaction takes two units for what a single write takes one for.
      if (command instanceof TransactWriteCommand) written += 2 * (command.input.TransactItems?.length ?? 0)
      return send(command)
    }
    const begin = performance.now()
    const { epoch } = await freezer.freeze('rcl_01K00000000000000000000000', all)
    const took = performance.now() - begin
    client.dynamo.send = send
    const { Items = [] } = await client.dynamo.send(new ScanCommand({ TableName: client.tableName() }))
    // One unit is 1 KB; the counting above holds as no item is larger.
    const sizes = Items.map((item) => sizeOf(item))
    expect(Math.max(...sizes)).toBeLessThan(1024)
    expect(written).toBeLessThanOrEqual(300)
    expect(written).toBe(133 + 2 * epochCopies)
    expect(epoch).toBe(1)
    const frozen = new Set(all)
    const asked = [...all.slice(0, 500), ...Array.from({ length: 500 }, (_, n) => 4096 + n * 997)]
    const found = await covering(asked)
    expect(asked.filter((number) => found.get(number)!.length > 0)).toEqual(
      asked.filter((number) => frozen.has(number)),
    )
    console.info(`freeze: ${all.length} lots, ${written} write units, 1 flip, ${took.toFixed(0)} ms`)
  }, 60_000)
})

/** Size of an item by DynamoDB's rule: names, and values as they are. */
function sizeOf(item: Record<string, unknown>): number {
  const of = (value: unknown): number => {
    if (value instanceof Set) return 3 + [...value].reduce<number>((sum, one) => sum + 1 + of(one), 0)
    if (value instanceof Uint8Array) return value.length
    return typeof value === 'string' ? value.length : 21
  }
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + of(value), 100)
}
