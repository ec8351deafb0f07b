import { expect, test } from 'vitest'
import { handler as twin } from '../../lambdas/iot/get-twin.ts'
import { Device } from '../../lib/domain/device.ts'
import { DeviceCommand } from '../../lib/domain/device-command.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { DeviceTwin } from '../../lib/domain/device-twin.ts'
import { Equipment } from '../../lib/domain/equipment.ts'
import { Installation } from '../../lib/domain/installation.ts'
import { Item } from '../../lib/domain/item.ts'
import { Location } from '../../lib/domain/location.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { MaintenanceProposal } from '../../lib/domain/maintenance-proposal.ts'
import { Order } from '../../lib/domain/order.ts'
import { Partner } from '../../lib/domain/partner.ts'
import { ProcessChange } from '../../lib/domain/process-change.ts'
import { Recall } from '../../lib/domain/recall.ts'
import { ServiceOrder } from '../../lib/domain/service-order.ts'
import { entityKey, keys } from '../../lib/kit/keys.ts'
import { load } from '../../lib/kit/load.ts'
import { exampleActor, MemoryTable } from '../kit/memory.ts'

const at = '2026-03-02T08:00:00.000Z'
const [unitId, partId] = [Lot.sample(1), Lot.sample(2)]

/** A pump at a ward: made of a part under a process change, in use, with an open order, and frozen by a recall. */
function world() {
  const table = new MemoryTable()
  const given = (entity: any, changes: object = {}, n = 1) =>
    table.given(entity, { ...entity.like(changes), id: entity.sample(n) })
  given(Device, { name: 'Pump 7', thingType: 'field-device', unitId, equipmentId: Equipment.sample() })
  given(DeviceStatus, { latest: { temperatureC: { at, value: 5 } }, lastSeenAt: at })
  given(DeviceTwin, { firmware: '1.4.0', firmwareSince: at, state: 'idle', counters: { hours: { value: 12, at } } })
  given(Location)
  const renewals = [{ at, used: 9, failed: true, itemIds: [Item.sample()] }]
  given(Equipment, { calibrationDue: '2026-12-31', lastCalibration: { at, passed: true }, renewals })
  given(MaintenanceProposal)
  given(Lot, { serial: 'SN-7', number: 'P-1', quantity: 1, orderId: Order.sample(), expires: '2028-01-31' })
  given(Lot, { number: 'L-1' }, 2)
  given(Item, { gtin: '04012345678901' })
  given(Order, { processChanges: [ProcessChange.sample()] })
  given(ProcessChange)
  given(Installation, { customerId: Partner.sample(), place: 'Ward 3' })
  given(Partner)
  given(ServiceOrder, { deviceId: Device.sample() })
  given(DeviceCommand, { status: 'sent' })
  given(DeviceCommand, { status: 'succeeded' }, 2)
  given(Recall)
  const produced = { type: 'LotProduced', version: 1, data: { components: [{ lotId: partId, quantity: 1 }] } }
  table.items.set(`${entityKey(Lot, unitId)}/${keys.factPrefix}1`, produced)
  table.givenStock(unitId, Item.sample(), Installation.sample(), 1)
  table.mark(Recall.sample(), [unitId])
  return table
}

const hours = [{ at, count: 1, min: 5, mean: 5, max: 5, last: 5 }]
const shadow = { desired: {}, reported: { firmware: '1.4.0' }, version: 3 }

async function shown(table: MemoryTable) {
  const input = { deviceId: Device.sample() }
  const { states, refusal } = await load(table, twin.reads, input, exampleActor(['service']))
  expect(refusal).toBeUndefined()
  const ports = { table, series: { summarize: async () => hours }, shadow: { read: async () => shadow } }
  return twin.output.parse(await twin.run(states, input, ports, {} as any)) as any
}

test('one view of a device: what it is and was made of, where and whose, how it is, and what is open', async () => {
  const view = await shown(world())
  expect(view.identity).toMatchObject({ name: 'Pump 7', udi: '(01)04012345678901(17)280131(10)P-1(21)SN-7' })
  expect(view.identity.equipment.state).toMatchObject({
    calibrationDue: '2026-12-31',
    lastCalibration: { passed: true },
  })
  expect(view.renewals).toEqual([{ at, used: 9, failed: true, itemIds: [Item.sample()] }])
  expect(view.maintenance.map(({ state }: any) => state.metric)).toEqual(['vibration'])
  expect(view.asBuilt.parts.map(({ state }: any) => state.number)).toEqual(['L-1'])
  expect(view.asBuilt.processChanges.map(({ state }: any) => state.number)).toEqual(['PC-26-01'])
  expect(view.firmware).toEqual({ version: '1.4.0', since: at })
  expect([view.owner.id, view.installation.state.place]).toEqual([Partner.sample(), 'Ward 3'])
  expect(view.state).toMatchObject({ reported: 'idle', lastSeenAt: at, usage: { hours: { value: 12 } } })
  expect(view.series.map(({ metric, hours }: any) => [metric, hours.length])).toEqual([
    ['temperatureC', 1],
    ['humidityPct', 1],
  ])
  expect(view.shadow).toEqual(shadow)
  expect(view.commands.map(({ state }: any) => state.status)).toEqual(['sent'])
  expect(view.serviceOrders).toHaveLength(1)
  expect(view.recalls.map(({ id }: any) => id)).toEqual([Recall.sample()])
})

test('a sensor that was only registered has nothing of that', async () => {
  const table = new MemoryTable()
  table.given(Device, { ...Device.like({ locationId: undefined }), id: Device.sample() })
  table.given(DeviceStatus, { ...DeviceStatus.like(), id: Device.sample() })
  const view = await shown(table)
  expect(view).toMatchObject({ series: [], commands: [], serviceOrders: [], recalls: [] })
  for (const absent of ['asBuilt', 'firmware', 'owner', 'location']) expect(view[absent]).toBeUndefined()
})
