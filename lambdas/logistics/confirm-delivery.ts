import * as z from 'zod'
import { Shipment, ShipmentDelivered } from '#domain/shipment'
import { Instant, Line } from '#domain/values'
import { command, conflict, invalid, refuse } from '#kit'

const delivery = { shipmentId: Shipment.sample(), receivedBy: 'Ward pharmacy', deliveredAt: '2026-02-03T09:00:00.000Z' }
const stock = { lot_00000000000000000000000001: { [Shipment.sample()]: 10 } }

export const handler = command({
  summary: 'Record that a shipment has arrived; from now on the customer has the goods.',
  route: 'POST /shipments/{shipmentId}/delivery',
  roles: ['logistics', 'warehouse'],
  input: z.strictObject({ shipmentId: Shipment.id, receivedBy: Line, deliveredAt: Instant.optional() }),
  reads: { shipment: Shipment.at('shipmentId') },
  emits: [ShipmentDelivered],
  refuses: {
    'shipment-delivered': conflict(
      'Shipment {number} was delivered at {at} already. Nothing is left to confirm.',
      '发货单 {number} 已于 {at} 送达，无需再次确认。',
    ),
    'delivery-time-impossible': invalid(
      'Shipment {number} left at {left} and cannot have arrived at {at}. Correct "deliveredAt".',
      '发货单 {number} 于 {left} 发出，不可能于 {at} 送达。请更正 “deliveredAt”。',
    ),
  },
  decide: ({ shipment }, { shipmentId, receivedBy, deliveredAt }, { now }) => {
    const { number, status, customerId, lines, shippedAt: left } = shipment
    const at = deliveredAt ?? now
    if (status === 'delivered') return refuse('shipment-delivered', { number, at: shipment.deliveredAt })
    if (Date.parse(at) < Date.parse(left) || Date.parse(at) > Date.parse(now))
      return refuse('delivery-time-impossible', { number, left, at })
    return ShipmentDelivered({ shipmentId, customerId, deliveredAt: at, receivedBy, lines })
  },
  examples: [
    {
      name: 'a hospital has its pumps',
      given: { shipment: Shipment.like() },
      stock,
      when: delivery,
      then: ['ShipmentDelivered'],
    },
    {
      name: 'it arrives once',
      given: { shipment: Shipment.like({ status: 'delivered', deliveredAt: '2026-02-03T09:00:00.000Z' }) },
      when: delivery,
      then: { refused: 'shipment-delivered' },
    },
    {
      name: 'it does not arrive before it left',
      given: { shipment: Shipment.like() },
      stock,
      when: { ...delivery, deliveredAt: '2020-01-31T08:00:00.000Z' },
      then: { refused: 'delivery-time-impossible' },
    },
  ],
})
