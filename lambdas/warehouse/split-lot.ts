import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { LotSplit, LotSplitOff, serialRefusals, unitNotLot } from '#domain/lot-stock'
import { LotNumber, Quantity, Unit } from '#domain/values'
import { command } from '#kit'

const split = {
  ...{ lotId: Lot.sample(), locationId: Location.sample(), number: 'L-2601-B' },
  ...{ quantity: 30, unit: 'each' as const },
}
const given = { lot: Lot.like(), location: Location.like() }
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

export const handler = command({
  summary: 'Give part of a lot its own number; it keeps the status, hold, expiry and origin of the whole.',
  route: 'POST /lots/{lotId}/splits',
  roles: ['warehouse', 'production', 'quality'],
  input: z.strictObject({
    lotId: Lot.id,
    locationId: Location.id,
    number: LotNumber,
    quantity: Quantity,
    unit: Unit,
    happenedAt: HappenedAt,
  }),
  reads: { lot: Lot.at('lotId').unfrozen(), location: Location.at('locationId') },
  emits: [LotSplit, LotSplitOff],
  refuses: { ...unitRefusals, ...serialRefusals, ...happenedRefusals },
  decide: ({ lot }, { lotId, locationId, number, quantity, unit, happenedAt }, { now, newId }) => {
    const wrong = unitNotLot(lot) ?? unitMismatch(lot, unit, quantity) ?? notYet(happenedAt, now)
    if (wrong) return wrong
    const { id: _, serial: __, ...whole } = lot
    const newLotId = newId(Lot)
    return [
      LotSplit({ lotId, itemId: lot.itemId, quantity, unit, from: locationId, newLotId }),
      LotSplitOff({ ...whole, lotId: newLotId, fromLotId: lotId, number, quantity, locationId, happenedAt }),
    ]
  },
  examples: [
    { name: 'thirty go on under their own number', given, stock, when: split, then: ['LotSplit', 'LotSplitOff'] },
    {
      name: 'a held part stays held',
      given: { ...given, lot: Lot.like({ status: 'held', heldFrom: 'released', hold: 'Particles found' }) },
      stock,
      when: split,
      then: ['LotSplit', 'LotSplitOff'],
    },
    {
      name: 'a single unit has no parts',
      given: { ...given, lot: Lot.like({ serial: 'SN-77', quantity: 1 }) },
      stock,
      when: { ...split, quantity: 1 },
      then: { refused: 'single-unit' },
    },
  ],
})
