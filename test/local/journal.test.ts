import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DurableQueue, type QueueRecord, queueChapter } from '../../lib/local/durable-queue.ts'
import { Journal } from '../../lib/local/journal.ts'
import { lockFolder } from '../../lib/local/lock.ts'
import { randomOf } from '../../lib/local/random.ts'
import { parseSchedule } from '../../lib/local/schedule-expression.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lotline-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the journal', () => {
  const path = () => join(folder, 'journal.jsonl')
  const open = (journal: Journal, values: number[]) =>
    journal.open<number>('numbers', { apply: (value) => void values.push(value), snapshot: () => values })

  test('gives back what was appended, without the half line of a crash', async () => {
    const journal = new Journal(path())
    const append = open(journal, [])
    await Promise.all([1, 2, 3].map(append))
    appendFileSync(path(), '["numbers",4')
    const values: number[] = []
    const again = open(new Journal(path()), values)
    expect(values).toEqual([1, 2, 3])
    await again(5)
    const last: number[] = []
    open(new Journal(path()), last)
    expect(last).toEqual([1, 2, 3, 5])
  })

  test('is short after a close, and keeps chapters that nobody opened', async () => {
    writeFileSync(path(), `["other",{"a":1}]\n${'["numbers",7]\n'.repeat(1000)}`)
    const journal = new Journal(path())
    journal.open<number>('numbers', { apply: () => {}, snapshot: () => [7] })
    await journal.close()
    expect(readFileSync(path(), 'utf8')).toBe('["numbers",7]\n["other",{"a":1}]\n')
  })
})

describe('a durable queue', () => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const create = (random: () => number, deadLetter?: string[]) => {
    const records: QueueRecord[] = []
    const append = async (record: QueueRecord) => void records.push(record)
    const options = {
      retentionMs: 60_000,
      ...(deadLetter && {
        deadLetter: { maxReceives: 2, redrive: async ({ body }: { body: string }) => void deadLetter.push(body) },
      }),
    }
    return { queue: new DurableQueue('q', options, append, random), records }
  }
  const never = () => 0.99

  test('a received message is invisible until its time is over', async () => {
    const { queue } = create(never)
    await queue.put('a')
    expect(queue.receive(10, 30).map((each) => each.body)).toEqual(['a'])
    expect(queue.receive(10, 30)).toEqual([])
    await queue.arrival(1000)
    expect(queue.receive(10, 30)[0]).toMatchObject({ body: 'a', receives: 2 })
  })

  test('a message that is not removed goes to the dead-letter queue', async () => {
    const lost: string[] = []
    const { queue, records } = create(never, lost)
    await queue.put('a')
    for (let n = 0; n < 3; n++) {
      await queue.arrival(1000)
      queue.receive(1, 1)
      await pause(5)
    }
    expect(lost).toEqual(['a'])
    expect(records.at(-1)).toHaveProperty('done')
  })

  test('by chance a message comes twice, although it was removed', async () => {
    const { queue } = create(() => 0)
    await queue.put('a')
    for (let n = 0; n < 2; n++) {
      await queue.arrival(1000)
      const [message] = queue.receive(1, 1000)
      expect(message?.body).toBe('a')
      queue.remove(message!.id)
    }
    await queue.arrival(20)
    expect(queue.receive(1, 1000)).toEqual([])
  })

  test('a replay of its records rebuilds it', async () => {
    const { queue, records } = create(never)
    const [first] = await Promise.all([queue.put('a'), queue.put('b')])
    queue.remove(first)
    await pause(0)
    const copy = create(never).queue
    const chapter = queueChapter(new Map([['q', copy]]))
    for (const record of [...records, ...records]) chapter.apply(record)
    expect(copy.receive(10, 1000).map((each) => each.body)).toEqual(['b'])
    expect([...chapter.snapshot()]).toEqual([...queue.snapshot()])
  })

  test('the same seed gives the same numbers, another seed others', () => {
    const numbers = (seed: string) => Array.from({ length: 3 }, randomOf(seed))
    expect(numbers('1/sqs')).toEqual(numbers('1/sqs'))
    expect(numbers('1/sqs')).not.toEqual(numbers('2/sqs'))
  })
})

describe('the lock of a data folder', () => {
  test('one owner at a time; a dead one is replaced', () => {
    const unlock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow('runs on')
    unlock()
    writeFileSync(join(folder, 'lock'), '4194305')
    lockFolder(folder)()
  })
})

describe('schedules', () => {
  const from = Date.parse('2026-11-22T20:15:30Z')
  const rows: [string, string | undefined][] = [
    ['rate(5 minutes)', '2026-11-22T20:20:00.000Z'],
    ['rate(1 day)', '2026-11-23T00:00:00.000Z'],
    ['cron(0 6 * * ? *)', '2026-11-23T06:00:00.000Z'],
    ['cron(0/15 8-17 ? * MON-FRI *)', '2026-11-23T08:00:00.000Z'],
    ['cron(30 20 22 NOV ? 2026)', '2026-11-22T20:30:00.000Z'],
    ['cron(0 0 1 1 ? 2020)', undefined],
    ['at(2027-01-01T00:00:00)', '2027-01-01T00:00:00.000Z'],
    ['at(2020-01-01T00:00:00)', undefined],
  ]
  test.each(rows)('%s', (expression, expected) => {
    const next = parseSchedule(expression)(from)
    expect(next === undefined ? undefined : new Date(next).toISOString()).toBe(expected)
  })

  test.each(['cron(0 6 L * ? *)', 'rate(0 minutes)', 'cron(0 6)', 'every day'])('%s is refused', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(expression)
  })
})
