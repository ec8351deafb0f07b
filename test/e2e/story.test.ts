import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Whereabouts } from '../../story/drill.ts'
import {
  attempt,
  comeback,
  deliveries,
  dispatches,
  dropped,
  runs,
  serialsOf,
  splitting,
  suspect,
} from '../../story/plan.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'lotline-story-'))
const running = new Set<ChildProcess>()

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

function start(data: string, port: number | string, ...more: string[]): Started {
  const args = ['bin/start.ts', '--data', join(folder, data), '--port', String(port), ...more]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let output = ''
  child.stdout!.on('data', (chunk) => (output += chunk))
  child.stderr!.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close').then(([status]) => {
    running.delete(child)
    return status as number | null
  })
  return { child, output: () => output, ended }
}

const lastLine = (output: string) => JSON.parse(output.trimEnd().split('\n').at(-1)!)

/** What the suspect supplier lot must have touched, walked over the plan and not over the product's genealogy. */
function touched() {
  const lots = new Set(deliveries.filter((one) => one.supplierLot === suspect.supplierLot).map(({ lot }) => lot))
  const units = new Set<string>()
  for (const { materials, lot, serials } of runs) {
    if (!Object.keys(materials).some((one) => lots.has(one))) continue
    if (serials) for (const one of serialsOf(serials)) units.add(one)
    else lots.add(lot)
  }
  if (lots.has(splitting.lot)) lots.add(splitting.into)
  const shipments = dispatches.filter(({ serials }) => serials.some((one) => units.has(one)))
  return { lots, units, customers: new Set(shipments.map(({ hospital }) => hospital)) }
}

/** Where the plan leaves a unit in the evening: kind of place, and the place. */
function eveningPlaceOf(unit: string): [kind: string, place: string] {
  if (unit === comeback.serial) return ['returned', 'RETURNS']
  if (unit === dropped) return ['scrapped', 'scrapped']
  const shipment = dispatches.find(({ serials }) => serials.includes(unit))
  if (!shipment) return ['onHand', 'FINISHED']
  return shipment.confirmed ? ['delivered', shipment.hospital] : ['inTransit', shipment.number]
}

const expected = touched()
const verdict = {
  ok: true,
  lots: expected.lots.size,
  units: expected.units.size,
  customers: expected.customers.size,
  secondsToFrozen: expect.any(Number),
  secondsToNotified: expect.any(Number),
  unexplained: 0,
}

describe('a day at a factory', { timeout: 240_000 }, () => {
  test('the plan is worth telling: some units, lots and customers are touched, and some are not', () => {
    expect(expected.units.size).toBe(100)
    expect(expected.units).toContain(attempt.serial)
    expect(expected.customers.size).toBeLessThan(dispatches.length)
  })

  test('the story ends with what the plan says, and every suspect unit is where the plan left it', async () => {
    const { output, ended } = start('day', 24_100, '--exit')
    const status = await ended
    expect(output()).toContain('FROZEN MEANS FROZEN')
    expect(lastLine(output())).toEqual(verdict)
    expect(status).toBe(0)
    expect(lastLine(output()).secondsToFrozen).toBeGreaterThan(0)
    expect(lastLine(output()).secondsToNotified).toBeGreaterThan(lastLine(output()).secondsToFrozen)

    const { findings } = JSON.parse(readFileSync(join(folder, 'day/story/diary.json'), 'utf8')).report
    const units = findings.whereabouts.filter(({ serial }: Whereabouts) => serial)
    const found = new Map(units.map(({ name, kind, place }: Whereabouts) => [name, [kind, place]]))
    expect(found).toEqual(new Map([...expected.units].map((unit) => [unit, eveningPlaceOf(unit)])))
    expect(new Set(findings.customers)).toEqual(expected.customers)
    expect(findings.refusal).toContain('422 stock-frozen')
  })

  test('a second start on the same data tells the report again and writes nothing', async () => {
    const commands = () => readFileSync(join(folder, 'day/api-gateway/access.log'), 'utf8').split('"POST"').length
    const before = commands()
    const { output, ended } = start('day', 24_100, '--exit')
    expect(await ended).toBe(0)
    expect(lastLine(output())).toEqual(verdict)
    expect(output()).toContain('was played on this data before')
    expect(commands()).toBe(before)
  })

  test('without --exit the factory stays open until Ctrl-C, which ends it cleanly', async () => {
    const { child, output, ended } = start('day', 24_100)
    await expect.poll(output, { timeout: 60_000, interval: 50 }).toContain('THE FACTORY IS OPEN')
    for (const page of ['docs', 'outbox', ''])
      expect((await fetch(`http://127.0.0.1:24100/_local/${page}`)).status).toBe(200)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(existsSync(join(folder, 'day/lock'))).toBe(false)
  })

  test('what cannot start says why, also to machines', async () => {
    const { output, ended } = start('day', 'eighty', '--exit')
    expect(await ended).toBe(1)
    expect(lastLine(output())).toEqual({ ok: false, reason: expect.stringContaining('--port eighty') })
  })

  test('a story that was killed in the middle goes on and ends the same', async () => {
    const first = start('killed', 24_200, '--exit')
    // In the middle of production, when half of the facts are there.
    await expect.poll(first.output, { timeout: 120_000, interval: 50 }).toContain('2/6')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    first.child.kill('SIGKILL')
    await first.ended
    expect(first.output()).not.toContain('3/6')

    const second = start('killed', 24_200, '--exit')
    expect(await second.ended).toBe(0)
    expect(lastLine(second.output())).toEqual(verdict)
  })
})
