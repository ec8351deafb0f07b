import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { LotDestroyed } from '#domain/lot-stock'
import { Partner } from '#domain/partner'
import { Code, Line, Quantity, Reason, Unit } from '#domain/values'
import { command } from '#kit'

const destruction = {
  ...{ lotId: Lot.sample(), quantity: 2, unit: 'each' as const, reason: 'Recalled: electrolyte leaks' },
  ...{ method: 'Shredded', witness: 'M. Okafor, TUV', certificate: 'DC-26-004' },
}
const lot = Lot.like({ status: 'rejected' })

export const handler = command({
  summary: 'Record that some of a lot was destroyed before a witness, here or at the customer who has it.',
  route: 'POST /lots/{lotId}/destructions',
  roles: ['quality', 'service', 'warehouse'],
  input: z
    .strictObject({
      lotId: Lot.id,
      locationId: Location.id.optional(),
      customerId: Partner.id.optional().describe('The customer who had it; end its installation first'),
      quantity: Quantity,
      unit: Unit,
      reason: Reason,
      method: Line,
      witness: Line,
      certificate: Code.optional(),
      happenedAt: HappenedAt,
    })
    .refine(({ locationId, customerId }) => (locationId === undefined) !== (customerId === undefined), {
      message: 'must say where it was: either "locationId" or "customerId"',
    }),
  reads: {
    lot: Lot.at('lotId'),
    location: Location.at('locationId').optional(),
    customer: Partner.at('customerId').optional(),
  },
  emits: [LotDestroyed],
  refuses: { ...unitRefusals, ...happenedRefusals },
  decide: ({ lot }, { locationId, customerId, happenedAt, ...input }, { now, actor }) =>
    notYet(happenedAt, now) ??
    unitMismatch(lot, input.unit, input.quantity) ??
    LotDestroyed({
      ...input,
      itemId: lot.itemId,
      from: (locationId ?? customerId)!,
      destroyedAt: happenedAt ?? now,
      destroyedBy: actor.sub,
    }),
  examples: [
    {
      name: 'two returned pumps are shredded',
      given: { lot, location: Location.like({ zone: 'quarantine' }) },
      stock: { [Lot.sample()]: { [Location.sample()]: 2 } },
      when: { ...destruction, locationId: Location.sample() },
      then: ['LotDestroyed'],
    },
    {
      name: 'a hospital destroys what it has, before our technician',
      given: { lot, customer: Partner.like() },
      stock: { [Lot.sample()]: { [Partner.sample()]: 10 } },
      when: { ...destruction, customerId: Partner.sample() },
      then: ['LotDestroyed'],
    },
    {
      name: 'what is not there cannot be destroyed',
      given: { lot, customer: Partner.like() },
      stock: { [Lot.sample()]: { [Partner.sample()]: 1 } },
      when: { ...destruction, customerId: Partner.sample() },
      then: { refused: 'stock-short' },
    },
  ],
})
