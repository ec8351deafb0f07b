import { factOf } from './api.ts'
import { type Day, dayIn, minutesIn } from './day.ts'
import { counts, dropped, type Run, runs, serialsOf, site, splitting, uninspected } from './plan.ts'
import { inspectAndRelease, inspectAndReleaseAll } from './quality.ts'

const units = runs.flatMap(({ serials }) => (serials ? serialsOf(serials) : [])).length
/** Units recorded in one call. */
const unitsAtOnce = 10
const unitsReleasedAtOnce = 20

/** Makes packs, modules and pumps, each level of the lots that the level below gave. */
export async function making(day: Day): Promise<string> {
  await careForEquipment(day)
  const levels = [...Map.groupBy(runs, ({ item }) => item).values()]
  for (const level of levels) await Promise.all(level.map((run) => make(day, run)))
  await afterwards(day)
  return `${runs.length} orders on three levels, ${units} pumps`
}

async function careForEquipment(day: Day): Promise<void> {
  const { ids, people } = day
  await people.technician.does('recordRepair', 'PRESS-2', {
    equipmentId: ids.of('PRESS-2'),
    repairedAt: minutesIn(day, -600),
    description: 'Worn drive belt replaced 更换磨损的传动带',
  })
  await people.technician.does('recordCalibration', 'FLOW-BENCH-3', {
    equipmentId: ids.of('FLOW-BENCH-3'),
    calibratedAt: minutesIn(day, -540),
    certificate: 'CAL-26-0917',
    passed: true,
    asFound: '-0.4 % at 25 ml/h, limit 2 %',
  })
  await people.operators[0].does('recordProcessChange', 'PC-26-11', {
    number: 'PC-26-11',
    title: 'Press force 0.9 kN instead of 0.8 kN',
    reason: 'Fewer leaks at the seal in the validation of October',
    from: minutesIn(day, -480),
    itemIds: [ids.of('MODULE-100')],
  })
}

async function make(day: Day, run: Run): Promise<void> {
  const { ids, people } = day
  // Two people, so that the two orders of a level have different makers.
  const operator = people.operators[runs.indexOf(run) % 2]!
  const { number, quantity } = run
  const unit = 'each'
  const [planned] = await operator.does('planOrder', number, {
    ...{ number, quantity, unit },
    siteId: ids.of(site.code),
    itemId: ids.of(run.item),
    due: dayIn(day, 1),
  })
  const orderId = ids.keep(number, planned!.id)
  await operator.does('startOrder', number, { orderId })
  await operator.does('issueMaterial', number, {
    orderId,
    lines: Object.entries(run.materials).map(([lot, issued]) => ({
      ...{ lotId: ids.of(lot), quantity: issued, unit },
      locationId: ids.of(storeOf(lot)),
    })),
  })
  const begin = -420 + runs.indexOf(run) * 60
  await operator.does('recordRun', number, {
    orderId,
    equipmentId: ids.of(run.equipment),
    from: minutesIn(day, begin),
    until: minutesIn(day, begin + 55),
  })
  await (run.serials ? recordUnits(day, run, serialsOf(run.serials)) : recordLot(day, run))
  await operator.does('closeOrder', number, { orderId, reason: run.reason })
}

/** Assemblies stay beside the line; what was bought is in the store. */
const storeOf = (lot: string) => (runs.some((run) => run.lot === lot) ? 'LINE-1' : 'STORE-A')

async function recordLot(day: Day, { number, lot, quantity, scrapped }: Run): Promise<void> {
  const { ids, people } = day
  const facts = await people.operators[0].does('recordOutput', lot, {
    ...{ orderId: ids.of(number), locationId: ids.of('LINE-1'), lotNumber: lot, unit: 'each' },
    ...{ quantity: quantity - scrapped, scrapped },
  })
  ids.keep(lot, factOf(facts, 'LotProduced').id)
  await inspectAndRelease(day, lot, 'In-process control')
}

/** Records units tray by tray, each with what was built into it; then one person tests them and another releases them. */
async function recordUnits(day: Day, { number, lot, materials }: Run, serials: readonly string[]): Promise<void> {
  const { ids, people } = day
  const components = Object.keys(materials).map((part) => ({ lotId: ids.of(part), quantity: 1, unit: 'each' }))
  for (let start = 0; start < serials.length; start += unitsAtOnce) {
    const tray = serials.slice(start, start + unitsAtOnce)
    const facts = await people.operators[0].does('recordOutput', tray[0]!, {
      ...{ orderId: ids.of(number), locationId: ids.of('FINISHED'), lotNumber: lot, unit: 'each' },
      ...{ quantity: tray.length, serials: tray, units: tray.map((serial) => ({ serial, components })) },
    })
    for (const { type, id, data } of facts) if (type === 'LotProduced') ids.keep(data.serial, id)
  }
  const ready = serials.filter((one) => !uninspected.includes(one))
  for (let start = 0; start < ready.length; start += unitsReleasedAtOnce)
    await inspectAndReleaseAll(day, ready.slice(start, start + unitsReleasedAtOnce), 'Flow accuracy')
}

/** Small things that happen on every day: a part of a lot gets its own number, somebody counts, something falls down. */
async function afterwards(day: Day): Promise<void> {
  const { ids, people } = day
  const { lot, into, quantity } = splitting
  const split = await people.storekeeper.does('splitLot', into, {
    ...{ lotId: ids.of(lot), locationId: ids.of('LINE-1'), number: into, quantity, unit: 'each' },
  })
  ids.keep(into, factOf(split, 'LotSplitOff').id)
  for (const { lot, location, found } of counts)
    await people.storekeeper.does('countStock', lot, {
      ...{ lotId: ids.of(lot), locationId: ids.of(location), counted: found, unit: 'each' },
    })
  await people.storekeeper.does('scrapStock', dropped, {
    ...{ lotId: ids.of(dropped), locationId: ids.of('FINISHED'), quantity: 1, unit: 'each' },
    reason: 'Dropped from the rack',
  })
}
