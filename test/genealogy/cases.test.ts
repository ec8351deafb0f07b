import { describe, expect, test } from 'vitest'
import type { EdgeKind, EdgeRow } from '#genealogy/columns'
import { type GradeOptions, grade, grades, type Seed } from '#genealogy/grade'
import { columnsOf } from './history.ts'

const hour = 3_600_000
const morning = Date.UTC(2026, 0, 5, 8)

/** A plant's edges by name: `draw('consume', 'RESIN-7', 'ORDER-1')`; an hour passes with each unless a time is stated. */
class Story {
  readonly rows: EdgeRow[] = []
  private readonly numbers = new Map<string, number>()
  private clock = morning

  draw(kind: EdgeKind, from: string, to: string, rest: Partial<EdgeRow> = {}): this {
    this.clock += hour
    const ends = { from: this.number(from), to: this.number(to) }
    const fact = { entityId: to, version: this.rows.length + 1 }
    this.rows.push({ kind, ...ends, at: this.clock, stated: true, recordedAt: this.clock, fact, ...rest })
    return this
  }

  /** What is touched: name of the node, its grade and the rule. */
  trace(seed: string, direction: 'forward' | 'backward' = 'forward', window: Omit<Seed, 'node'> = {}) {
    return new Map(this.graded([{ node: this.number(seed), ...window }], { direction }))
  }

  graded(seeds: readonly Seed[], options: GradeOptions): [string, string][] {
    const names = [...this.numbers.keys()]
    const found = grade(columnsOf(this.rows), seeds, options)
    return Array.from(found.nodes, (node) => {
      const told = found.explain(node)!
      return [names[node - 4096]!, `${told.grade} ${told.rule}`]
    })
  }

  path(seed: string, node: string): string[] {
    const names = [...this.numbers.keys()]
    const found = grade(columnsOf(this.rows), [{ node: this.number(seed) }], { direction: 'forward' })
    return found.explain(this.number(node))!.nodes.map((number) => names[number - 4096]!)
  }

  loops(seed: string): string[][] {
    const names = [...this.numbers.keys()]
    const { loops } = grade(columnsOf(this.rows), [{ node: this.number(seed) }], { direction: 'forward' })
    return loops.map((loop) => loop.map((number) => names[number - 4096]!))
  }

  /** Edges that are confirmed or possible, with what stands on them. */
  edges(seed: string, kind: EdgeKind): EdgeRow[] {
    const { edgeGrades } = grade(columnsOf(this.rows), [{ node: this.number(seed) }], { direction: 'forward' })
    return this.rows.filter((row, edge) => row.kind === kind && grades[edgeGrades[edge]!] !== 'excluded')
  }

  number(name: string): number {
    const known = this.numbers.get(name)
    if (known !== undefined) return known
    this.numbers.set(name, 4096 + this.numbers.size)
    return 4095 + this.numbers.size
  }
}

const resin = { itemId: 'itm_resin', quantity: 5, unit: 'kg' }
const seal = { itemId: 'itm_seal', quantity: 1, unit: 'each' }
const gradesOf = (trace: ReadonlyMap<string, string>, names: readonly string[]) => names.map((name) => trace.get(name))

describe('a trace', () => {
  test('1. goes from the raw lot over subassembly, device and carton to the customer in one answer', () => {
    const story = new Story()
      .draw('receive', 'SUPPLIER-LOT', 'RESIN')
      .draw('consume', 'RESIN', 'MOULDING', resin)
      .draw('produce', 'MOULDING', 'HOUSING')
      .draw('consume', 'HOUSING', 'ASSEMBLY', { itemId: 'itm_housing' })
      .draw('produce', 'ASSEMBLY', 'PUMP')
      .draw('pack', 'PUMP', 'CARTON')
      .draw('pack', 'CARTON', 'PALLET')
      .draw('ship', 'PALLET', 'SHIPMENT', { party: 'ptr_ward' })
    const all = 'SUPPLIER-LOT RESIN MOULDING HOUSING ASSEMBLY PUMP CARTON PALLET SHIPMENT'.split(' ')
    const forward = story.trace('SUPPLIER-LOT')
    expect([...forward.keys()]).toEqual(all)
    expect(all.every((name) => forward.get(name)!.startsWith('confirmed'))).toBe(true)
    expect(story.path('SUPPLIER-LOT', 'SHIPMENT')).toEqual(all)
    expect([...story.trace('SHIPMENT', 'backward').keys()].sort()).toEqual(all.toSorted())
    expect(story.edges('SUPPLIER-LOT', 'ship').map(({ party }) => party)).toEqual(['ptr_ward'])
  })

  test('2. finds with the unit map the one suspect among 100 serials', () => {
    const story = new Story()
    const serials = Array.from({ length: 100 }, (_, n) => `SN-${n}`)
    for (const n of serials.keys()) story.draw('consume', `SEAL-${n}`, 'ORDER', seal)
    for (const serial of serials) story.draw('produce', 'ORDER', serial)
    for (const [n, serial] of serials.entries()) story.draw('assemble', `SEAL-${n}`, serial, seal)
    const trace = story.trace('SEAL-42')
    expect(serials.filter((serial) => trace.get(serial) === 'confirmed unit-map')).toEqual(['SN-42'])
    expect(serials.filter((serial) => trace.get(serial) === 'excluded unit-map')).toHaveLength(99)
  })

  test('3. without a unit map takes the siblings for possible and drops none', () => {
    const story = new Story().draw('consume', 'SEAL-A', 'ORDER', seal).draw('consume', 'SEAL-B', 'ORDER', seal)
    for (const serial of ['SN-1', 'SN-2', 'SN-3']) story.draw('produce', 'ORDER', serial)
    story.draw('assemble', 'SEAL-A', 'SN-1', seal).draw('assemble', 'SEAL-B', 'SN-2', seal)
    const found = gradesOf(story.trace('SEAL-A'), ['SN-1', 'SN-2', 'SN-3'])
    expect(found).toEqual(['confirmed unit-map', 'excluded unit-map', 'possible no-unit-map'])
  })

  test('4. tells three lots of one item in one order apart from the lot that alone was of its item', () => {
    const story = new Story().draw('consume', 'RESIN', 'ORDER', resin)
    for (const lot of ['SEAL-A', 'SEAL-B', 'SEAL-C']) story.draw('consume', lot, 'ORDER', seal)
    story.draw('produce', 'ORDER', 'PUMPS').draw('produce', 'ORDER', 'SPARES')
    for (const lot of ['SEAL-A', 'SEAL-B', 'SEAL-C'])
      expect(gradesOf(story.trace(lot), ['PUMPS', 'SPARES'])).toEqual(Array(2).fill('possible no-unit-map'))
    expect(gradesOf(story.trace('RESIN'), ['PUMPS', 'SPARES'])).toEqual(Array(2).fill('confirmed only-source'))
    expect(story.trace('PUMPS', 'backward').size).toBe(6)
  })

  test('5. reaches every co-product and what was scrapped', () => {
    const story = new Story().draw('consume', 'RESIN', 'ORDER', resin)
    for (const output of ['HOUSING', 'COVER', 'SCRAP']) story.draw('produce', 'ORDER', output)
    expect(gradesOf(story.trace('RESIN'), ['HOUSING', 'COVER', 'SCRAP'])).toEqual(
      Array(3).fill('confirmed only-source'),
    )
  })

  test('6. shows on each edge the quantity of its own time, whatever was drawn later', () => {
    const story = new Story()
      .draw('consume', 'RESIN', 'ORDER-1', resin)
      .draw('consume', 'RESIN', 'ORDER-2', { ...resin, quantity: 7 })
      .draw('withdraw', 'ORDER-2', 'RESIN', { quantity: 3, unit: 'kg' })
    expect(story.edges('RESIN', 'consume').map(({ quantity }) => quantity)).toEqual([5, 7])
  })

  test('7. walks 20 layers of two parents each once, not a million times', () => {
    const story = new Story()
    for (let layer = 0; layer < 20; layer += 1)
      for (const from of ['A', 'B'])
        for (const to of ['A', 'B']) story.draw('split', `${from}${layer}`, `${to}${layer + 1}`)
    // Both parents of a layer are drawn before the next begins, so every one of the 2^20 ways holds.
    const times = story.rows.map((row, edge) => ({ ...row, at: morning + Math.floor(edge / 4) * hour }))
    const graded = grade(columnsOf(times), [{ node: story.number('A0') }], { direction: 'forward' })
    expect(graded.counts).toEqual({ confirmed: 41, possible: 0, excluded: 0 })
    expect(graded.edgeGrades.filter((code) => code === 2)).toHaveLength(78)
  })

  test('8. ends at A > B > A and reports the loop', () => {
    const story = new Story().draw('split', 'A', 'B').draw('merge', 'B', 'A').draw('split', 'A', 'C')
    expect([...story.trace('A').keys()]).toEqual(['A', 'B', 'C'])
    expect(story.loops('A')).toEqual([['A', 'B']])
  })

  test('9. finds both customers of a unit that came back, was reworked and shipped again', () => {
    const story = new Story()
      .draw('consume', 'SEAL', 'ORDER', seal)
      .draw('produce', 'ORDER', 'SN-1')
      .draw('ship', 'SN-1', 'SHIPMENT-1', { party: 'ptr_north' })
      .draw('return', 'SHIPMENT-1', 'SN-1', { party: 'ptr_north' })
      .draw('consume', 'SN-1', 'REWORK', { itemId: 'itm_pump' })
      .draw('consume', 'SEAL-2', 'REWORK', seal)
      .draw('rework', 'REWORK', 'SN-1')
      .draw('ship', 'SN-1', 'SHIPMENT-2', { party: 'ptr_south' })
    expect(story.edges('SEAL', 'ship').map(({ party }) => party)).toEqual(['ptr_north', 'ptr_south'])
    expect(story.edges('SEAL-2', 'ship').map(({ party }) => party)).toEqual(['ptr_south'])
    expect(story.trace('SEAL-2').get('SHIPMENT-1')).toBe('excluded before-arrival')
  })

  test('10. is the same when an event was written twice', () => {
    const story = new Story().draw('consume', 'RESIN', 'ORDER', resin).draw('produce', 'ORDER', 'HOUSING')
    const once = story.trace('RESIN')
    story.rows.push(...story.rows)
    expect(story.trace('RESIN')).toEqual(once)
  })

  test('11. goes on through a cancelled intermediate: a withdrawal makes less certain and hides nothing', () => {
    const story = new Story()
      .draw('consume', 'RESIN', 'ORDER', resin)
      .draw('produce', 'ORDER', 'HOUSING')
      .draw('consume', 'HOUSING', 'ASSEMBLY', { itemId: 'itm_housing' })
      .draw('produce', 'ASSEMBLY', 'PUMP')
      .draw('withdraw', 'ORDER', 'RESIN', { quantity: 5, unit: 'kg' })
    expect(gradesOf(story.trace('RESIN'), ['HOUSING', 'PUMP'])).toEqual(Array(2).fill('possible withdrawn'))
  })

  test('12. names quantity, date and customer of what was shipped', () => {
    const shipped = { quantity: 12, unit: 'each', party: 'ptr_ward', at: morning + 100 * hour }
    const story = new Story().draw('split', 'LOT', 'PART').draw('ship', 'PART', 'SHIPMENT', shipped)
    expect(story.edges('LOT', 'ship')).toMatchObject([shipped])
  })

  test('13. takes an order of 10,000 serials, each with its own component', () => {
    const story = new Story()
    for (let n = 0; n < 10_000; n += 1) story.draw('consume', `SEAL-${n}`, 'ORDER', seal)
    const began = morning + 20_000 * hour
    for (let n = 0; n < 10_000; n += 1)
      story.draw('produce', 'ORDER', `SN-${n}`, { at: began }).draw('assemble', `SEAL-${n}`, `SN-${n}`, seal)
    const columns = columnsOf(story.rows)
    const seals = Array.from({ length: 10_000 }, (_, n) => ({ node: story.number(`SEAL-${n}`) }))
    const all = grade(columns, seals, { direction: 'forward' })
    expect(all.counts).toEqual({ confirmed: 20_001, possible: 0, excluded: 0 })
    const units = seals.map((_, n) => ({ node: story.number(`SN-${n}`) }))
    expect(grade(columns, units, { direction: 'backward' }).counts.confirmed).toBe(20_001)
    const one = grade(columns, [{ node: story.number('SEAL-7') }], { direction: 'forward' })
    expect(one.counts).toEqual({ confirmed: 3, possible: 0, excluded: 9_999 })
  })

  test('14. takes a lot in 1,300 orders', () => {
    const story = new Story()
    for (let n = 0; n < 1_300; n += 1)
      story.draw('consume', 'RESIN', `ORDER-${n}`, resin).draw('produce', `ORDER-${n}`, `LOT-${n}`)
    const trace = story.trace('RESIN')
    expect(trace.size).toBe(2_601)
    expect([...trace.values()].filter((told) => told === 'confirmed only-source')).toHaveLength(1_300)
  })

  test('15. returns 5,001 when 5,001 are affected', () => {
    const story = new Story()
    for (let n = 0; n < 5_000; n += 1) story.draw('split', 'LOT', `PART-${n}`)
    expect(story.trace('LOT').size).toBe(5_001)
  })

  test('16. counts an edge only if it happened after the suspect material came', () => {
    const story = new Story()
      .draw('ship', 'MIX', 'EARLY-SHIPMENT', { party: 'ptr_early' })
      .draw('ship', 'MIX', 'UNSURE-SHIPMENT', { party: 'ptr_unsure', stated: false })
      .draw('merge', 'SUSPECT', 'MIX')
      .draw('ship', 'MIX', 'LATE-SHIPMENT', { party: 'ptr_late' })
    const found = gradesOf(story.trace('SUSPECT'), ['EARLY-SHIPMENT', 'UNSURE-SHIPMENT', 'LATE-SHIPMENT'])
    expect(found).toEqual(['excluded before-arrival', 'possible posted-before', 'confirmed direct'])
  })

  test('17. finds what lies reserved in a pack and what is in transit, so that a hold can stop it', () => {
    const story = new Story().draw('split', 'LOT', 'RESERVED').draw('split', 'LOT', 'SENT')
    story.draw('pack', 'RESERVED', 'CARTON').draw('ship', 'SENT', 'IN-TRANSIT', { party: 'ptr_ward' })
    const found = gradesOf(story.trace('LOT'), ['RESERVED', 'CARTON', 'SENT', 'IN-TRANSIT'])
    expect(found).toEqual(Array(4).fill('confirmed direct'))
  })

  test('18. is byte for byte the same for a drill and a recall, in whatever order the edges are read', () => {
    const story = new Story()
    for (let n = 0; n < 50; n += 1)
      story.draw('consume', `LOT-${n % 9}`, `ORDER-${n}`, seal).draw('produce', `ORDER-${n}`, `LOT-${n + 1}`)
    const seeds = [{ node: story.number('LOT-0') }, { node: story.number('LOT-3') }]
    const drill = JSON.stringify(story.graded(seeds, { direction: 'forward' }))
    story.rows.reverse()
    expect(JSON.stringify(story.graded(seeds.toReversed(), { direction: 'forward' }))).toBe(drill)
  })
})

describe('what is not known', () => {
  test('of which item a lot was, excludes nothing', () => {
    const story = new Story()
      .draw('consume', 'LOT-A', 'ORDER')
      .draw('consume', 'LOT-B', 'ORDER')
      .draw('produce', 'ORDER', 'SN-1')
      .draw('produce', 'ORDER', 'SN-2')
      .draw('assemble', 'LOT-B', 'SN-1')
    const found = gradesOf(story.trace('LOT-A'), ['SN-1', 'SN-2'])
    expect(found).toEqual(['possible no-unit-map', 'possible no-unit-map'])
    expect(story.trace('SN-1', 'backward').get('LOT-A')).toBe('possible no-unit-map')
  })

  test('how much came back, in another unit or none, is not taken for all', () => {
    for (const back of [{ quantity: 5_000, unit: 'g' }, { unit: 'kg' }]) {
      const story = new Story()
        .draw('consume', 'RESIN', 'ORDER', resin)
        .draw('withdraw', 'ORDER', 'RESIN', back)
        .draw('produce', 'ORDER', 'HOUSING')
      expect(story.trace('RESIN').get('HOUSING')).toBe('confirmed only-source')
    }
  })
})

describe('a seed', () => {
  test('that is equipment touches the runs that overlap its window', () => {
    const story = new Story()
    const run = (order: string, from: number, until: number) =>
      story.draw('run', 'PRESS', order, { at: morning + from * hour, until: morning + until * hour })
    run('BEFORE', 0, 2)
    run('DURING', 1, 4)
    run('AFTER', 5, 6)
    const window = { from: morning + 3 * hour, until: morning + 4 * hour }
    expect(gradesOf(story.trace('PRESS', 'forward', window), ['BEFORE', 'DURING', 'AFTER'])).toEqual([
      'excluded outside-window',
      'confirmed direct',
      'excluded outside-window',
    ])
  })

  test('that was built into equipment touches only the runs that ended after the repair', () => {
    const story = new Story()
      .draw('run', 'PRESS', 'BEFORE', { until: morning + 2 * hour })
      .draw('repair', 'NOZZLE', 'PRESS', { at: morning + 3 * hour })
      .draw('run', 'PRESS', 'ACROSS', { at: morning, until: morning + 4 * hour })
    const found = gradesOf(story.trace('NOZZLE'), ['BEFORE', 'ACROSS'])
    expect(found).toEqual(['excluded before-arrival', 'confirmed direct'])
  })

  test('that is a pack touches what was in it during its window, not what was with it elsewhere', () => {
    const story = new Story()
      .draw('pack', 'WENT', 'CARTON', { at: morning, until: morning + hour })
      .draw('pack', 'STAYED', 'CARTON', { at: morning })
      .draw('ship', 'WENT', 'SHIPMENT')
      .draw('pack', 'STAYED', 'OTHER-CARTON')
      .draw('pack', 'FRIEND', 'OTHER-CARTON')
    const trace = story.trace('CARTON', 'forward', { from: morning + 2 * hour })
    const found = gradesOf(trace, ['STAYED', 'WENT', 'OTHER-CARTON', 'FRIEND'])
    expect(found).toEqual(['confirmed in-pack', 'excluded outside-window', 'confirmed direct', undefined])
  })

  test('in a pack is not in what the pack did after it was taken out', () => {
    const story = new Story()
      .draw('pack', 'LOT', 'INNER', { at: morning, until: morning + 5 * hour })
      .draw('pack', 'INNER', 'OUTER', { at: morning + 2 * hour, until: morning + 20 * hour })
      .draw('ship', 'OUTER', 'SHIPMENT', { at: morning + 6 * hour })
    expect(gradesOf(story.trace('LOT'), ['OUTER', 'SHIPMENT'])).toEqual(['confirmed direct', 'excluded left-pack'])
  })

  test('is not followed into what a person excluded, nor beyond what was recorded at a time', () => {
    const story = new Story().draw('split', 'A', 'B').draw('split', 'B', 'C').draw('split', 'A', 'D')
    const seeds = [{ node: story.number('A') }]
    const without = story.graded(seeds, { direction: 'forward', exclude: [story.number('B')] })
    expect(without).toEqual([
      ['A', 'confirmed seed'],
      ['B', 'excluded excluded-by-person'],
      ['D', 'confirmed direct'],
    ])
    const then = story.graded(seeds, { direction: 'forward', asOf: morning + 2 * hour })
    expect(then.map(([name]) => name)).toEqual(['A', 'B', 'C'])
  })

  test('touches several outputs of a later rework by its own parts, not by the map of the first making', () => {
    const story = new Story()
      .draw('consume', 'OLD-SEAL', 'ORDER', seal)
      .draw('produce', 'ORDER', 'SN-1')
      .draw('assemble', 'OLD-SEAL', 'SN-1', seal)
      .draw('consume', 'SN-1', 'REWORK', { itemId: 'itm_pump' })
      .draw('consume', 'NEW-SEAL', 'REWORK', seal)
      .draw('rework', 'REWORK', 'SN-1')
    expect(story.trace('NEW-SEAL').get('SN-1')).toBe('confirmed only-source')
  })
})
