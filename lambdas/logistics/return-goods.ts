import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, LotReturned, unitMismatch, unitRefusals } from '#domain/lot'
import { returnable, Shipment, ShipmentReturned } from '#domain/shipment'
import { Quantity, Reason, Unit } from '#domain/values'
import { command, conflict, refuse, refused } from '#kit'

const line = { lotId: Lot.sample(), quantity: 2, unit: 'each' } as const
const back = {
  ...{ shipmentId: Shipment.sample(), locationId: Location.sample() },
  ...{ reason: 'Alarm does not sound', lines: [line] },
}
const shipment = Shipment.like({ status: 'delivered', deliveredAt: '2026-02-03T09:00:00.000Z' })
const given = { shipment, location: Location.like({ zone: 'quarantine' }), lots: [Lot.like()] }
const stock = { [Lot.sample()]: { ptr_00000000000000000000000001: 10 } }

export const handler = command({
  summary: 'Take goods back from a customer; their lots are in quarantine again until quality decides.',
  route: 'POST /shipments/{shipmentId}/returns',
  roles: ['logistics', 'warehouse', 'service'],
  input: z.strictObject({
    shipmentId: Shipment.id,
    locationId: Location.id,
    reason: Reason,
    lines: z
      .array(z.strictObject({ lotId: Lot.id, quantity: Quantity, unit: Unit }))
      .min(1)
      .max(20)
      .refine((lines) => new Set(lines.map(({ lotId }) => lotId)).size === lines.length, 'must name each lot once'),
    happenedAt: HappenedAt,
  }),
  reads: { shipment: Shipment.at('shipmentId'), location: Location.at('locationId'), lots: Lot.at('lines[].lotId') },
  emits: [LotReturned, ShipmentReturned],
  refuses: {
    ...unitRefusals,
    ...happenedRefusals,
    'shipment-not-delivered': conflict(
      'Shipment {number} is still in transit. Confirm its delivery first.',
      '发货单 {number} 仍在途。请先确认送达。',
    ),
    'lot-not-shipped': refused(
      'Lot {lot} was not on shipment {number}. Trace the lot to find its shipment.',
      '批次 {lot} 不在发货单 {number} 中。请追溯该批次以查找其发货单。',
    ),
    'return-exceeds-shipment': refused(
      'Of lot {lot} on shipment {number} only {left} can come back, not {quantity}. Correct the quantity.',
      '发货单 {number} 中批次 {lot} 最多可退 {left}，而非 {quantity}。请更正数量。',
    ),
  },
  decide: ({ shipment, lots }, { shipmentId, locationId, reason, lines, happenedAt }, { now }) => {
    const { number, customerId, status } = shipment
    if (status !== 'delivered') return refuse('shipment-not-delivered', { number })
    const early = notYet(happenedAt, now)
    if (early) return early
    for (const [index, { lotId, quantity, unit }] of lines.entries()) {
      const [lot, left] = [lots[index]!, returnable(shipment, lotId)]
      if (left === undefined) return refuse('lot-not-shipped', { lot: lot.number, number })
      const wrong = unitMismatch(lot, unit, quantity)
      if (wrong) return wrong
      if (quantity > left) return refuse('return-exceeds-shipment', { lot: lot.number, number, left, quantity })
    }
    return [
      ...lines.map((one, index) =>
        LotReturned({ ...one, shipmentId, customerId, locationId, reason, itemId: lots[index]!.itemId, happenedAt }),
      ),
      ShipmentReturned({ shipmentId, reason, lines }),
    ]
  },
  examples: [
    {
      name: 'two of ten pumps come back',
      given,
      stock,
      when: back,
      then: ['LotReturned', 'ShipmentReturned'],
    },
    {
      name: 'what is under way cannot come back',
      given: { ...given, shipment: Shipment.like() },
      when: back,
      then: { refused: 'shipment-not-delivered' },
    },
    {
      name: 'another lot than was shipped',
      given,
      when: { ...back, lines: [{ ...line, lotId: Lot.sample(2) }] },
      then: { refused: 'lot-not-shipped' },
    },
    {
      name: 'more than was shipped',
      given,
      stock,
      when: { ...back, lines: [{ ...line, quantity: 11 }] },
      then: { refused: 'return-exceeds-shipment' },
    },
  ],
})
