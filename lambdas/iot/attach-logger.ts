import * as z from 'zod'
import { Device, DeviceAttached } from '#domain/device'
import { DeviceStatus, DeviceStatusPlaced } from '#domain/device-status'
import { Item } from '#domain/item'
import { Pack } from '#domain/pack'
import { Shipment } from '#domain/shipment'
import { narrowest } from '#domain/values'
import { command, conflict, invalid, refuse } from '#kit'

const cold = Item.like({ storage: { minC: 2, maxC: 8 } })
const [deviceId, shipmentId] = [Device.sample(), Shipment.sample()]
const given = { device: Device.like({ locationId: undefined }), status: DeviceStatus.like() }

export const handler = command({
  summary:
    'Let a logger travel with a shipment or pack: from now on it watches what that holds, within the range that suits all of it.',
  route: 'POST /devices/{deviceId}/carriers',
  roles: ['logistics', 'warehouse', 'quality'],
  input: z
    .strictObject({ deviceId: Device.id, shipmentId: Shipment.id.optional(), packId: Pack.id.optional() })
    .refine(({ shipmentId, packId }) => (shipmentId === undefined) !== (packId === undefined), {
      message: 'must name either "shipmentId" or "packId"',
    }),
  reads: {
    device: Device.at('deviceId'),
    status: DeviceStatus.at('deviceId'),
    shipment: Shipment.at('shipmentId').optional(),
    pack: Pack.at('packId').optional(),
    shipped: Item.of('shipment.lines[].itemId'),
    packed: Item.of('pack.contents[].itemId'),
  },
  emits: [DeviceAttached, DeviceStatusPlaced],
  refuses: {
    'logger-elsewhere': invalid(
      '{number} leaves another site than that of device {name}. Take a logger of that site.',
      '{number} 的发出站点与设备 {name} 所属站点不同。请使用该站点的记录仪。',
    ),
    'carrier-gone': conflict(
      '{number} is {status}; a logger can travel with it no longer.',
      '{number} 状态为 {status}，记录仪已无法随行。',
    ),
    'logger-there-already': conflict(
      'Device {name} travels with {number} already. Nothing is left to do.',
      '设备 {name} 已随 {number} 同行，无需操作。',
    ),
  },
  decide: ({ device, shipment, pack, shipped, packed }, { deviceId }, { now }) => {
    const carrier = (shipment ?? pack)!
    const { name } = device
    const { number, status } = carrier
    if (carrier.siteId !== device.siteId) return refuse('logger-elsewhere', { number, name })
    if (status === 'delivered' || status === 'unpacked') return refuse('carrier-gone', { number, status })
    if (device.carrierId === carrier.id) return refuse('logger-there-already', { name, number })
    const limits = narrowest([...shipped, ...packed].map(({ storage }) => storage))
    return [
      DeviceAttached({ deviceId, carrierId: carrier.id, limits, since: now }),
      DeviceStatusPlaced({ deviceStatusId: deviceId, place: { since: now, locationId: carrier.id, limits } }),
    ]
  },
  examples: [
    {
      name: 'a logger in a cold box',
      given: { ...given, shipment: Shipment.like(), shipped: [cold] },
      when: { deviceId, shipmentId },
      then: ['DeviceAttached'],
    },
    {
      name: 'a logger in a carton',
      given: { ...given, pack: Pack.like(), packed: [cold] },
      when: { deviceId, packId: Pack.sample() },
      then: ['DeviceAttached'],
    },
    {
      name: 'a logger of another site',
      given: { ...given, shipment: Shipment.like({ siteId: 'sit_00000000000000000000000002' }), shipped: [cold] },
      when: { deviceId, shipmentId },
      then: { refused: 'logger-elsewhere' },
    },
    {
      name: 'after it arrived',
      given: { ...given, shipment: Shipment.like({ status: 'delivered' }), shipped: [cold] },
      when: { deviceId, shipmentId },
      then: { refused: 'carrier-gone' },
    },
    {
      name: 'it is in there',
      given: { ...given, device: Device.like({ carrierId: shipmentId }), shipment: Shipment.like(), shipped: [cold] },
      when: { deviceId, shipmentId },
      then: { refused: 'logger-there-already' },
    },
  ],
})
