import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { Item } from '../../lib/domain/item.ts'
import { dueHours, LateReadings } from '../../lib/domain/late-readings.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { Partner } from '../../lib/domain/partner.ts'
import { Stay } from '../../lib/domain/stay.ts'
import { Technician } from '../../lib/domain/technician.ts'
import { Watch } from '../../lib/domain/watch.ts'
import type { AffectedNode, AffectedParty } from '../../lib/kit/ports.ts'
import type { OpenTable } from '../cloud/table.ts'
import type { Example } from './fresh.ts'
import { stateWrite } from './given.ts'

type Scene = (example: Example & { readonly performed?: any }, world: OpenTable) => Promise<unknown>

const party = (partnerId: string) => ({ partnerId, role: 'customer' as const, lots: [] })

/** A customer who has something of it. */
const consignee = (partnerId: string) => ({
  ...party(partnerId),
  lots: [{ lotId: Lot.sample(), number: 'L-1', quantity: 1, unit: 'each' }],
})

/** A scope of one partition with these nodes and parties. */
const write = (
  { scope }: OpenTable,
  recallId: string,
  nodes: readonly AffectedNode[],
  parties: readonly AffectedParty[],
) => scope.write(recallId, 1, 1, { nodes, left: [], parties }, {})

/** Customers who got some of it, with these contacts. */
const reachedBy =
  (contacts = Partner.like().contacts): Scene =>
  async ({ when }, world) => {
    const ids: string[] = when.parties.map(({ partnerId }: any) => partnerId)
    const lots = [{ lotId: Lot.sample(), number: 'L-2601', quantity: 10, unit: 'each' }]
    await world.table.transact(ids.map((id) => stateWrite(Partner, id, Partner.like({ contacts }))))
    return write(
      world,
      when.recallId,
      [],
      ids.map((id) => ({ ...party(id), lots })),
    )
  }
const inScope = reachedBy()

const missing: Scene = async ({ when, performed }, world) => {
  const [{ lotId, unexplained }] = performed.open
  await write(world, when.recallId, [{ id: lotId, grade: 'confirmed', rule: 'seed', path: [lotId], since: 1 }], [])
  const itemId = Lot.like().itemId
  await world.table.transact([
    stateWrite(Lot, lotId, Lot.like({ quantity: 100 })),
    { kind: 'stock', lotId, itemId, place: 'difference', change: unexplained, mayOwe: true },
    { kind: 'stock', lotId, itemId, place: 'loc_1', change: 100 - unexplained, mayOwe: false },
  ])
}

/** A customer with the lots that the example finds; notices are about recall and partner 1 of their example. */
const shipped: Scene = ({ performed, given }, world) => {
  const { recallId, partnerId } = (given as any).notice
  return write(world, recallId, [], [{ partnerId, role: 'customer', lots: performed }])
}

/** A customer with the lot that the example's photo shows. */
const photographed: Scene = ({ given, when: { lotId } }, world) => {
  const { recallId, partnerId } = (given as any).notice
  const lot = { lotId, number: 'L-2601', quantity: 10, unit: 'each' }
  return write(world, recallId, [], [{ partnerId, role: 'customer', lots: [lot] }])
}

/** A customer who has no notice yet. */
const untold: Scene = ({ when }, world) => write(world, when.recallId, [], [consignee(Partner.sample())])

/** Readings that every store shows from this hour on. */
const cameLate: Scene = async ({ performed: [{ deviceStatusId: deviceId, from }] }, world) => {
  const [due] = dueHours(new Date().toISOString())
  await world.table.transact([stateWrite(LateReadings, LateReadings.sample(), { deviceId, from, due })])
}

/** The series from which readings are judged again. */
const measured: Scene = ({ when, performed }, { series }) =>
  series.write(
    performed.readings.map(({ at, values }: any) => ({ deviceId: when.deviceStatusId, at, measures: values })),
  )

/** Items that need a range: what is of them is followed. */
const ranged: Scene = ({ performed }, { table }) =>
  table.transact(performed.map((id: string) => stateWrite(Item, id, Item.like({ storage: { minC: 2, maxC: 8 } }))))

/** A technician whose code comes before that of all others. */
const first: Scene = ({ performed }, { table }) =>
  table.transact([stateWrite(Technician, performed[0].technicianId, Technician.like({ code: 'A-00' }))])

/** Lots that stand where the exposure of the example is. */
const standing: Scene = ({ performed, given }, { table }) => {
  const { exposure, recent } = given as any
  const place = (exposure ?? recent[0]).locationId
  return table.transact(
    performed.map((lotId: string) => stateWrite(Stay, `sty_${lotId.slice(4)}`, Stay.like({ lotId, place }))),
  )
}

/** A stay of the example's lot, of which some became others. */
const wentInto: Scene = ({ performed, when: { lotIds } }, { table }) => {
  const [lotId] = lotIds
  const { into } = performed[0]
  return table.transact([stateWrite(Stay, `sty_${lotId.slice(4)}`, Stay.like({ lotId, into }))])
}

/** A sensor at the place of the example's stay, with an exposure of that time. */
const tooWarm: Scene = ({ when, given }, { table }) => {
  const { place, changes } = (given as any).stay
  const idOf = (prefix: string) => `${prefix}_${when.stayId.slice(4)}`
  const recent = [{ id: idOf('exp'), metric: 'temperatureC', start: changes[0].at }]
  const places = [{ since: changes[0].at, locationId: place }]
  return table.transact([
    stateWrite(Watch, idOf('wat'), { deviceId: idOf('dev'), place }),
    stateWrite(DeviceStatus, idOf('dev'), DeviceStatus.like({ places, recent })),
  ])
}

/**
 * What stands in the table beyond the reads of an example, where its `performed` says that a look around finds it.
 * By spec and example.
 */
export const scenes: Readonly<Record<string, Scene>> = {
  'iot/judge-late-readings: a late reading outside makes an exposure of its own': measured,
  'iot/judge-late-readings: a late reading inside ends an exposure where it ended': measured,
  'iot/judge-late-readings: a late reading that fits what is recorded changes nothing': measured,
  'service/dispatch-service-order: the best one goes': first,
  'warehouse/note-stay: some of a lot goes to another cold room, twice': ranged,
  'iot/spread-exposure: twenty lots in a cold room': standing,
  'iot/spread-late-readings: a reading came late into an exposure of a cold room that holds twenty lots': standing,
  'iot/show-late-readings: a device sent a day of readings seven hours ago': cameLate,
  'iot/check-watch: it was too warm there, and a lot was there': standing,
  'iot/assess-lots: a lot was split off it': wentInto,
  'iot/check-stay: into a cold room that is too warm': tooWarm,
  'recall/close-recall: a customer has not answered': ({ when, performed }, world) =>
    write(world, when.recallId, [], [consignee(performed.unanswered.first)]),
  'recall/close-recall: a quantity is missing': missing,
  'recall/close-recall: a quantity is missing, and somebody explained and signed it': missing,
  'recall/close-recall: who explained does not close': missing,
  'recall/draw-sample: one in ten, at least one': ({ when, performed }, world) =>
    write(world, when.recallId, [], performed.map(consignee)),
  'recall/answer-notice: ten pumps are accounted for': shipped,
  'recall/answer-notice: more than was shipped': shipped,
  'recall/answer-notice: half a pump': shipped,
  'recall/answer-notice: destroyed, and nobody saw it': shipped,
  'recall/answer-notice: passed on to nobody': shipped,
  'recall/conclude-notices: one could not be told yet': untold,
  'recall/keep-photo: the destroyed pumps': photographed,
  'recall/keep-photo: the same photo again changes nothing': photographed,
  'recall/keep-photo: a letter is no photo': photographed,
  'recall/record-answer: the ward says on the phone that it found all ten': shipped,
  'recall/notify-parties: a customer is told': inScope,
  'recall/notify-parties: a customer of a real recall is told what was approved': inScope,
  'recall/notify-parties: a customer whom no message can reach must be called': reachedBy([]),
  'recall/notify-parties: a customer who was told is not told again': inScope,
  'recall/notify-parties: a customer of whom more lots came into scope is told again': inScope,
}

const coldChain = 'takes stays, exposures and readings of hours; test/commands/cold-chain.test.ts runs it'

/** Examples that no scene can stage, each with the reason and with the test that shows it instead. */
export const unstaged: Readonly<Record<string, string>> = {
  'iot/deliver-command: a shadow that is full takes none':
    'a shadow is filled by dozens of commands; test/adapters/shadow.test.ts says how a full one answers',
  'recall/grow-evidence: readings that came late show another hour outside the range':
    'it takes readings of hours; test/adapters/living-scope.test.ts shows what follows from them',
  'recall/open-drill: a lot is drawn': 'it takes a shipment that was delivered; test/e2e/recall.test.ts draws one',
  'recall/notify-parties: nobody knows yet whether the mail left: the step is tried again':
    'the mail service answers here; test/adapters/mail.test.ts lets it break, and bench/recall.ts at every point',
  'iot/assess-lots: half an hour too warm, and an hour is allowed': coldChain,
  'iot/assess-lots: over its budget it is held': coldChain,
  'iot/assess-lots: it is held once': coldChain,
  'iot/find-exceeded: a cold room is too warm for too long': coldChain,
  'service/open-planned-service: the mixer is due':
    'a run looks at every plan, and these are too young; test/commands/service.test.ts runs it',
  'iot/propose-maintenance: a machine vibrates more from day to day':
    'a run looks at a 24th of the devices, by the hour of the clock; test/domain/maintenance-proposal.test.ts runs it',
  'iot/propose-maintenance: one vibrates a little more than usual: it is looked at every hour':
    'a run looks at a 24th of the devices, by the hour of the clock; test/domain/maintenance-proposal.test.ts runs it',
  'recall/open-recall: a machine worked while its sensor was above 8 degrees, as a nonconformance tells':
    'its evidence carries the time at which it was taken; test/commands/traces.test.ts and test/domain/condition.test.ts take it',
  'recall/add-recipients: a hospital gave some to a clinic':
    'the id of the clinic follows from the notice and its name; test/e2e/recall.test.ts shows that it is told',
  'recall/conclude-reconciliation: the scope has changed meanwhile: it must be done again':
    'the scope would have to change while the step runs; its example shows the decision',
  'recall/open-recall: a value that was out of range every few minutes for a year is no condition of a case':
    'it takes hundreds of exposures; test/domain/condition.test.ts counts them',
}
