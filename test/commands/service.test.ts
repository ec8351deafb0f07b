import { expect, test } from 'vitest'
import { handler as traceSeeds } from '../../lambdas/genealogy/trace-seeds.ts'
import { handler as recordCalibration } from '../../lambdas/master/record-calibration.ts'
import { handler as recordRun } from '../../lambdas/production/record-run.ts'
import { handler as cancelServiceOrder } from '../../lambdas/service/cancel-service-order.ts'
import { handler as completeServiceOrder } from '../../lambdas/service/complete-service-order.ts'
import { handler as dispatchServiceOrder } from '../../lambdas/service/dispatch-service-order.ts'
import { handler as installUnit } from '../../lambdas/service/install-unit.ts'
import { handler as listCandidates } from '../../lambdas/service/list-candidates.ts'
import { handler as openPlannedService } from '../../lambdas/service/open-planned-service.ts'
import { handler as openServiceOrder } from '../../lambdas/service/open-service-order.ts'
import { handler as serveAlarm } from '../../lambdas/service/serve-alarm.ts'
import { handler as serveComplaint } from '../../lambdas/service/serve-complaint.ts'
import { handler as serveDeviceAlarm } from '../../lambdas/service/serve-device-alarm.ts'
import { Complaint } from '../../lib/domain/complaint.ts'
import { Device } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { Equipment } from '../../lib/domain/equipment.ts'
import { Location } from '../../lib/domain/location.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { ServiceOrder } from '../../lib/domain/service-order.ts'
import { dueBy, ServicePlan } from '../../lib/domain/service-plan.ts'
import { Technician } from '../../lib/domain/technician.ts'
import { traceScope } from '../../lib/genealogy/index.ts'
import type { Query } from '../../lib/kit/command.ts'
import { at, ColdChain } from './cold-chain.ts'
import { idsOf, Works } from './works.ts'

const unit = 'each'

/** A works with a gauge, and pumps that are in use at hospitals since long. */
async function fieldService() {
  const works = new Works()
  const { desk } = works
  const gaugeId = Equipment.sample(900)
  desk.table.given(Equipment, {
    id: gaugeId,
    ...Equipment.like({ code: 'FLOW-2', calibrationDue: '2026-02-10', lastCalibration: undefined }),
  })
  const [pump, battery] = [works.item('serial'), works.item()]
  const spare = await works.bought(battery)
  async function inUse(serial: string, customer: string) {
    const order = await works.order(pump)
    const [unitId] = await works.made(order, 1, { serials: [serial] })
    const shipment = await works.shipped(customer, { [unitId!]: 1 }, { happenedAt: '2026-01-20T08:00:00Z' })
    await works.delivered(shipment)
    const place = { customerId: works.customer(customer), place: 'Ward 3', happenedAt: '2026-02-01T08:00:00Z' }
    return { unitId: unitId!, installationId: await desk.do(installUnit, { lotId: unitId, ...place }) }
  }
  async function served(installationId: string, happenedAt: string, more: object) {
    const opened = { title: 'Pump', reason: 'Yearly check', installationId }
    const serviceOrderId = await desk.do(openServiceOrder, opened)
    return desk.try(completeServiceOrder, { serviceOrderId, work: 'Checked and repaired', happenedAt, ...more })
  }
  return { works, desk, gaugeId, spare, inUse, served }
}

const measured = (equipmentId: string) => [{ equipmentId, characteristic: 'Flow', found: '5.0 ml/h', passed: true }]

test('every device that was served with a spare lot is found, with who has it, although it was shipped long before', async () => {
  const { works, desk, spare, inUse, served } = await fieldService()
  const [anna, maria] = [await inUse('SN-1', 'ANNA'), await inUse('SN-2', 'MARIA')]
  const parts = [{ lotId: spare, quantity: 1, unit, locationId: works.shelf }]
  await served(anna.installationId, '2026-02-20T08:00:00Z', { parts })
  await served(maria.installationId, '2026-02-20T09:00:00Z', {})
  const found = await works.trace(spare)
  expect(idsOf(found, 'lot_').sort()).toEqual([spare, anna.unitId].sort())
  expect(found.get(anna.unitId)).toMatchObject({ grade: 'confirmed', path: [spare, anna.unitId] })
  expect(await desk.places(spare)).toMatchObject({ [anna.unitId]: 1 })
  const request = { seeds: [spare], exclude: [], openedAt: '2026-03-02T08:00:00Z' }
  const { parties } = await traceScope(request as any, desk.ports as any)
  expect(parties.filter(({ role }) => role === 'customer')).toEqual([
    expect.objectContaining({
      partnerId: works.customer('ANNA'),
      lots: [expect.objectContaining({ lotId: anna.unitId, serial: 'SN-1', quantity: 1 })],
    }),
  ])
  // Where the whole unit is suspect it was shipped once, whatever was done to it since.
  const whole = await traceScope({ ...request, seeds: [anna.unitId] } as any, desk.ports as any)
  expect(whole.parties.flatMap(({ role, lots }) => (role === 'customer' ? lots : []))).toHaveLength(1)
})

test('every device that was tested on a gauge while it was overdue is found, and none that was tested before', async () => {
  const { works, desk, gaugeId, inUse, served } = await fieldService()
  const [anna, maria] = [await inUse('SN-1', 'ANNA'), await inUse('SN-2', 'MARIA')]
  const tests = measured(gaugeId)
  await served(maria.installationId, '2026-02-05T08:00:00Z', { tests })
  expect(await served(anna.installationId, '2026-02-20T08:00:00Z', { tests })).toBe('gauge-unfit')
  const deviation = 'The only gauge in the country'
  await served(anna.installationId, '2026-02-20T08:00:00Z', { tests, deviation })
  const interval = { equipmentId: gaugeId, from: '2026-02-11T00:00:00Z', until: '2026-03-01T00:00:00Z' }
  const { nodes } = await works.list({ seeds: { equipmentIntervals: [interval] } })
  expect(idsOf(nodes, 'lot_')).toEqual([anna.unitId])
  const summary = await desk.ask(traceSeeds, { seeds: { equipmentIntervals: [interval] } })
  expect(summary.parties).toEqual([{ partnerId: works.customer('ANNA'), kind: 'install', edges: 1 }])
})

test('what a machine of ours makes after it was tested on an overdue gauge is found, and nothing that it made before', async () => {
  const { works, desk, gaugeId } = await fieldService()
  const machineId = Equipment.sample(901)
  desk.table.given(Equipment, { id: machineId, ...Equipment.like({ code: 'SEAL-1' }) })
  const part = works.item()
  const made = async (from: string, until: string) => {
    const orderId = await works.order(part)
    await desk.do(recordRun, { orderId, equipmentId: machineId, from, until })
    return works.made(orderId, 5)
  }
  await made('2026-02-19T08:00:00Z', '2026-02-19T12:00:00Z')
  const opened = { title: 'Sealer', reason: 'Weak seals', equipmentId: machineId }
  const serviceOrderId = await desk.do(openServiceOrder, opened)
  const done = { serviceOrderId, work: 'New seal bar', happenedAt: '2026-02-20T08:00:00Z', deviation: 'The only gauge' }
  await desk.do(completeServiceOrder, { ...done, tests: measured(gaugeId) })
  const [after] = await made('2026-02-21T08:00:00Z', '2026-02-21T12:00:00Z')
  const interval = { equipmentId: gaugeId, from: '2026-02-11T00:00:00Z', until: '2026-03-01T00:00:00Z' }
  const { nodes } = await works.list({ seeds: { equipmentIntervals: [interval] } })
  expect(idsOf(nodes, 'eqp_').sort()).toEqual([gaugeId, machineId].sort())
  expect(idsOf(nodes, 'lot_')).toEqual([after])
  // So is what another machine made after it was calibrated by that gauge.
  const otherId = Equipment.sample(902)
  desk.table.given(Equipment, { id: otherId, ...Equipment.like({ code: 'FILL-1' }) })
  const calibration = { calibratedAt: '2026-02-22T08:00:00Z', certificate: 'C-1', passed: true, asFound: 'good' }
  const compared = { equipmentId: otherId, ...calibration, references: [gaugeId] }
  expect(await desk.try(recordCalibration, compared)).toBe('reference-unfit')
  await desk.do(recordCalibration, { ...compared, deviation: 'The only gauge' })
  const orderId = await works.order(part)
  const run = { orderId, equipmentId: otherId, from: '2026-02-23T08:00:00Z', until: '2026-02-23T12:00:00Z' }
  await desk.do(recordRun, run)
  const [filled] = await works.made(orderId, 5)
  const later = await works.list({ seeds: { equipmentIntervals: [interval] } })
  expect(idsOf(later.nodes, 'lot_').sort()).toEqual([after, filled].sort())
})

test('who is sent has the skill, works there and has the part; without one who fits nobody is sent', async () => {
  const { desk, spare, inUse } = await fieldService()
  const { installationId } = await inUse('SN-1', 'ANNA')
  const pumpCode = 'ITEM-1'
  const van = Location.sample(2)
  desk.table.given(Location, { id: van, ...Location.like({ code: 'VAN-1' }) })
  const battery = desk.state(Lot, spare).itemId
  desk.table.givenStock(spare, battery, van, 2)
  const technician = (n: number, changes: object) =>
    desk.table.given(Technician, {
      id: Technician.sample(n),
      ...Technician.like({ code: `T-${n}`, skills: [pumpCode], regions: ['DE'], ...changes }),
    })
  const opened = { title: 'Pump', reason: 'Battery low', installationId }
  const wantedParts = [{ itemId: battery, quantity: 2 }]
  const serviceOrderId = await desk.do(openServiceOrder, { ...opened, wantedParts })
  technician(1, { skills: ['ventilator'] })
  technician(2, { regions: ['FR'] })
  expect(await desk.try(dispatchServiceOrder, { serviceOrderId })).toBe('technician-lacking')
  technician(3, {})
  technician(4, { locationId: van })
  technician(5, { locationId: van, status: 'left' })
  const { candidates } = await desk.ask(listCandidates as Query, { serviceOrderId })
  expect(candidates.map(({ code, missing }: any) => [code, missing.length])).toEqual([
    ['T-4', 0],
    ['T-3', 1],
    ['T-1', 1],
    ['T-2', 1],
  ])
  expect(await desk.try(dispatchServiceOrder, { serviceOrderId, technicianId: Technician.sample(1) })).toBe(
    'technician-unfit',
  )
  await desk.do(dispatchServiceOrder, { serviceOrderId })
  expect(desk.state(ServiceOrder, serviceOrderId)).toMatchObject({
    status: 'dispatched',
    technicianId: Technician.sample(4),
  })
})

test('alarms of a machine make one order, which carries its last hours and says what they show', async () => {
  const chain = new ColdChain()
  const [deviceId] = chain.sensors
  const metric = (code: string, max: number) => ({ code, unit: 'mm/s', min: 0, max: 200, alarm: { max }, margin: 0.5 })
  const dictionary = { metrics: [metric('temperatureC', 80), metric('vibration', 7)], texts: [] }
  chain.table.given(Device, {
    id: deviceId,
    ...Device.like({ thingType: 'machine', kind: 'press-400', name: 'Press 4' }),
  })
  chain.table.given(DeviceStatus, { id: deviceId, ...DeviceStatus.like({ dictionary, places: [{ since: at(-600) }] }) })
  chain.now = at(180)
  const alarm = async (points: readonly (readonly [number, number])[]) => {
    const opened = (await chain.receive(chain.message(0, points))).find(({ type }) => type === 'ExposureOpened')!
    return chain.do(serveAlarm, opened.data as object)
  }
  const [order] = await alarm([
    [0, 60],
    [60, 70],
    [120, 85],
  ])
  expect(order!.data).toMatchObject({
    ...{ title: 'Press 4: temperatureC outside its limits', deviceId, skill: 'press-400', region: 'DE' },
    data: {
      courses: [{ metric: 'temperatureC', hours: [{ at: at(0), mean: 60 }, { at: at(60) }, { at: at(120), max: 85 }] }],
    },
  })
  const { diagnosis } = order!.data as any
  expect(diagnosis[0].en).toContain('temperatureC is outside ..80 mm/s since')
  expect(diagnosis[0].zh).toContain('超出')
  // It flaps: the same alarm again.
  expect(
    await alarm([
      [130, 60],
      [140, 90],
    ]),
  ).toEqual([])
})

test('an alarm that a device reports, and a complaint about it, open orders that carry its last hours', async () => {
  const chain = new ColdChain()
  const [deviceId] = chain.sensors
  const metric = { code: 'temperatureC', unit: '°C', min: 0, max: 200, alarm: { max: 80 }, margin: 0.5 }
  const dictionary = { metrics: [metric], texts: [], localAlarms: ['EMPTY'] }
  chain.table.given(Device, {
    id: deviceId,
    ...Device.like({ thingType: 'field-device', kind: 'pump', name: 'Pump 7' }),
  })
  chain.table.given(DeviceStatus, { id: deviceId, ...DeviceStatus.like({ dictionary, places: [{ since: at(-600) }] }) })
  chain.now = at(180)
  await chain.receive(
    chain.message(0, [
      [0, 60],
      [60, 85],
      [120, 70],
    ]),
  )
  const open = (spec: any, when: object) => chain.do(spec, when)
  const told = (order: any) => order.data.data.courses[0].hours.map(({ max }: any) => max)
  const event = { deviceTwinId: deviceId, at: at(130), text: 'Pressure too high' }
  expect(await open(serveDeviceAlarm, { ...event, eventId: 'e-0', code: 'EMPTY' })).toEqual([])
  const [alarm] = await open(serveDeviceAlarm, { ...event, eventId: 'e-1', code: 'E-12' })
  expect(alarm!.data).toMatchObject({ title: 'Pump 7: E-12 Pressure too high', deviceId, skill: 'pump', region: 'DE' })
  expect(told(alarm)).toEqual([60, 85, 70])
  expect(await open(serveDeviceAlarm, { ...event, eventId: 'e-2', code: 'E-12' })).toEqual([])
  const more = await open(serveDeviceAlarm, { ...event, eventId: 'e-3', code: 'E-1' })
  expect(more.map(({ type }) => type)).toEqual(['ServiceOrderCauseAdded'])
  const { status: _, ...complaint } = Complaint.like({ deviceId, lotId: undefined, customerId: undefined })
  const [complained] = await open(serveComplaint, { ...complaint, complaintId: Complaint.sample() })
  expect(complained!.data).toMatchObject({ deviceId, cause: { kind: 'complaint', reference: Complaint.sample() } })
  expect(told(complained)).toEqual([60, 85, 70])
})

const { countsFrom } = ServicePlan.like()
const later = (days: number) => new Date(Date.parse(countsFrom) + days * 86_400_000).toISOString()
const bucket = (mean: number, max = mean) => ({ at: countsFrom, min: mean, mean, max })

test('a plan is due by the calendar, by hours of use, by a counter, or when a condition lasts', () => {
  const plan = (rule: object) => ServicePlan.like({ calendar: undefined, ...rule })
  expect(dueBy(plan({ calendar: { days: 30 } }), {}, later(29.9))).toBeUndefined()
  expect(dueBy(plan({ calendar: { days: 30 } }), {}, later(30))?.zh).toContain('已满 30 天')
  const used = { buckets: [bucket(1), bucket(9), bucket(9), bucket(2)], hours: 1 }
  const running = (hours: number) => plan({ usage: { metric: 'load', above: 5, hours } })
  expect(dueBy(running(3), { used }, later(1))).toBeUndefined()
  expect(dueBy(running(2), { used }, later(1))?.en).toContain('In use for 2 hours')
  const counter = { buckets: [bucket(100), bucket(150, 180)], hours: 24 }
  expect(dueBy(plan({ usage: { metric: 'hours', hours: 80 } }), { used: counter }, later(9))?.en).toContain('80 hours')
  const hot = plan({ condition: { metric: 'oilC', above: 80, hours: 2 } })
  expect(dueBy(hot, { lately: [bucket(85), bucket(79), bucket(85)] }, later(1))).toBeUndefined()
  expect(dueBy(hot, { lately: [bucket(79), bucket(85), bucket(81)] }, later(1))?.en).toContain('oilC was above 80')
  expect(dueBy({ ...hot, status: 'ended' }, { lately: [bucket(85), bucket(85)] }, later(1))).toBeUndefined()
})

test('a plan opens one order at a time; done or cancelled, it counts anew', async () => {
  const chain = new ColdChain()
  const planId = ServicePlan.sample()
  const machine = { id: Equipment.sample(), ...Equipment.like() }
  chain.table.given(Equipment, machine)
  const plan = ServicePlan.like({ equipmentId: machine.id, calendar: { days: 1 }, countsFrom: at(0), startsAt: at(0) })
  chain.table.given(ServicePlan, { id: planId, ...plan })
  const look = () => chain.do(openPlannedService, {})
  expect(await look()).toEqual([])
  chain.now = at(1440)
  const [order] = await look()
  expect(order!.data).toMatchObject({ planId, equipmentId: machine.id, cause: { kind: 'plan', reference: planId } })
  expect(await look()).toEqual([])
  const done = { serviceOrderId: order!.entityId, work: 'Oil changed' }
  expect((await chain.do(completeServiceOrder, done)).map(({ type }) => type)).toContain('ServicePlanMet')
  expect(await look()).toEqual([])
  chain.now = at(2 * 1440)
  const [next] = await look()
  await chain.do(cancelServiceOrder, { serviceOrderId: next!.entityId, reason: 'It stood still' })
  expect(await look()).toEqual([])
})
