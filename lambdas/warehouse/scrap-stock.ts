import * as z from 'zod'
import { Location } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { LotScrapped } from '#domain/lot-stock'
import { Quantity, Reason, Unit } from '#domain/values'
import { command } from '#kit'

const scrap = {
  ...{ lotId: Lot.sample(), locationId: Location.sample(), quantity: 5 },
  ...{ unit: 'each' as const, reason: 'Fell from the rack' },
}
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

export const handler = command({
  summary: 'Record that some of a lot was destroyed, and why; also of a held or recalled lot.',
  route: 'POST /lots/{lotId}/scrap',
  roles: ['warehouse', 'production', 'quality'],
  input: z.strictObject({
    lotId: Lot.id,
    locationId: Location.id,
    quantity: Quantity,
    unit: Unit,
    reason: Reason,
  }),
  reads: { lot: Lot.at('lotId'), location: Location.at('locationId') },
  emits: [LotScrapped],
  refuses: unitRefusals,
  decide: ({ lot }, { locationId, ...input }, { actor }) =>
    unitMismatch(lot, input.unit, input.quantity) ??
    LotScrapped({ ...input, itemId: lot.itemId, from: locationId, scrappedBy: actor.sub }),
  examples: [
    {
      name: 'five of a rejected lot are destroyed',
      given: { lot: Lot.like({ status: 'rejected' }), location: Location.like() },
      stock,
      when: scrap,
      then: ['LotScrapped'],
    },
    {
      name: 'more than there is',
      given: { lot: Lot.like(), location: Location.like() },
      stock,
      when: { ...scrap, quantity: 101 },
      then: { refused: 'stock-short' },
    },
  ],
})
