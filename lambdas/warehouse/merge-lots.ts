import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unusable } from '#domain/lot'
import { LotBlended, LotMerged, serialRefusals, unitNotLot } from '#domain/lot-stock'
import { LotNumber, Quantity, Unit } from '#domain/values'
import { command, exact, invalid, refuse, refused } from '#kit'

const part = (n: number) => ({ lotId: Lot.sample(n), locationId: Location.sample(), quantity: 40, unit: 'kg' as const })
const resin = Lot.like({ unit: 'kg' })
const given = { lots: [resin, resin], locations: [Location.like(), Location.like()], target: Location.like() }
const merge = { number: 'L-2610', locationId: Location.sample(2), parts: [part(1), part(2)] }
const stock = { [Lot.sample(1)]: { [Location.sample()]: 40 }, [Lot.sample(2)]: { [Location.sample()]: 50 } }

export const handler = command({
  summary: 'Blend parts of released lots of one item into a new lot, which expires with the first of them.',
  route: 'POST /lot-merges',
  roles: ['warehouse', 'production'],
  input: z.strictObject({
    number: LotNumber,
    locationId: Location.id,
    parts: z
      .array(z.strictObject({ lotId: Lot.id, locationId: Location.id, quantity: Quantity, unit: Unit }))
      .min(2)
      .max(10),
    happenedAt: HappenedAt,
  }),
  reads: {
    lots: Lot.at('parts[].lotId').unfrozen(),
    locations: Location.at('parts[].locationId'),
    target: Location.at('locationId'),
  },
  emits: [LotMerged, LotBlended],
  refuses: {
    ...lotRefusals,
    ...unitRefusals,
    ...serialRefusals,
    ...happenedRefusals,
    'items-differ': refused(
      'Lot {number} is of another item than lot {first}. Only lots of one item can be merged.',
      '批次 {number} 与批次 {first} 的物料不同。仅同一物料的批次可合并。',
    ),
    'merge-of-one': invalid(
      'All parts are of lot {number}. Name at least two lots, or move the stock instead.',
      '所有部分均属批次 {number}。请至少指定两个批次，或改为移库。',
    ),
  },
  decide: ({ lots }, { number, locationId, parts, happenedAt }, { now, actor, newId }) => {
    const first = lots[0]!
    if (lots.every(({ id }) => id === first.id)) return refuse('merge-of-one', { number: first.number })
    const early = notYet(happenedAt, now)
    if (early) return early
    for (const [index, lot] of lots.entries()) {
      const { unit, quantity } = parts[index]!
      if (lot.itemId !== first.itemId) return refuse('items-differ', { number: lot.number, first: first.number })
      const wrong = unitNotLot(lot) ?? unusable(lot, now) ?? unitMismatch(lot, unit, quantity)
      if (wrong) return wrong
    }
    const [newLotId, { itemId, unit }] = [newId(Lot), first]
    const whole = { lotId: newLotId, itemId, unit, number, locationId, bornAt: now, bornBy: actor.sub, parts }
    return [
      ...parts.map(({ locationId: from, ...taken }) => LotMerged({ ...taken, itemId, from, newLotId })),
      LotBlended({
        ...whole,
        happenedAt,
        quantity: parts.reduce((sum, { quantity }) => exact(sum + quantity), 0),
        expires: lots.flatMap(({ expires }) => expires ?? []).sort()[0],
      }),
    ]
  },
  examples: [
    {
      name: 'two lots of resin go into one silo',
      given: { ...given, lots: [resin, { ...resin, number: 'L-2602', expires: '2099-12-31' }] },
      stock,
      when: merge,
      then: ['LotMerged', 'LotMerged', 'LotBlended'],
    },
    {
      name: 'resin and water do not mix',
      given: { ...given, lots: [resin, { ...resin, itemId: 'itm_00000000000000000000000002' }] },
      stock,
      when: merge,
      then: { refused: 'items-differ' },
    },
    {
      name: 'an unreleased lot does not hide in a released one',
      given: { ...given, lots: [resin, { ...resin, status: 'quarantine' }] },
      stock,
      when: merge,
      then: { refused: 'lot-unreleased' },
    },
    {
      name: 'an expired lot does not get younger',
      given: { ...given, lots: [resin, { ...resin, expires: '2020-01-31' }] },
      stock,
      when: merge,
      then: { refused: 'lot-expired' },
    },
    {
      name: 'two parts of one lot are one lot already',
      given,
      stock,
      when: { ...merge, parts: [part(1), part(1)] },
      then: { refused: 'merge-of-one' },
    },
  ],
})
