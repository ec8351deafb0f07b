import * as z from 'zod'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { LotMoved } from '#domain/lot-stock'
import { Quantity, Unit } from '#domain/values'
import { command, invalid, refuse, refused } from '#kit'

const move = {
  lotId: Lot.sample(),
  from: Location.sample(),
  to: Location.sample(2),
  quantity: 30,
  unit: 'each',
} as const
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }
const given = { lot: Lot.like(), from: Location.like(), to: Location.like({ code: 'B-01' }), item: Item.like() }

export const handler = command({
  summary: 'Move some of a lot to another location; held and rejected lots only move into quarantine.',
  route: 'POST /lots/{lotId}/moves',
  roles: ['warehouse', 'production', 'logistics'],
  input: z.strictObject({ lotId: Lot.id, from: Location.id, to: Location.id, quantity: Quantity, unit: Unit }),
  reads: {
    lot: Lot.at('lotId').unfrozen(),
    from: Location.at('from'),
    to: Location.at('to'),
    item: Item.of('lot.itemId'),
  },
  emits: [LotMoved],
  refuses: {
    ...unitRefusals,
    ...storageRefusals,
    'move-to-same-place': invalid(
      'Lot {number} would move from {code} to {code}. Choose another location to move to.',
      '批次 {number} 的移出与移入库位均为 {code}。请选择其他移入库位。',
    ),
    'lot-confined': refused(
      'Lot {number} is {status}. It may only be moved to a quarantine location.',
      '批次 {number} 状态为 {status}，只可移至隔离库位。',
    ),
  },
  decide: ({ lot, from, to, item }, input) => {
    const { number, status, itemId } = lot
    if (from.id === to.id) return refuse('move-to-same-place', { number, code: to.code })
    if ((status === 'held' || status === 'rejected') && to.zone !== 'quarantine')
      return refuse('lot-confined', { number, status })
    return unitMismatch(lot, input.unit, input.quantity) ?? storageUnfit(item, to) ?? LotMoved({ ...input, itemId })
  },
  examples: [
    { name: 'some of a lot goes to another rack', given, stock, when: move, then: ['LotMoved'] },
    {
      name: 'a held lot goes into the cage',
      given: { ...given, lot: Lot.like({ status: 'held' }), to: Location.like({ zone: 'quarantine' }) },
      stock,
      when: move,
      then: ['LotMoved'],
    },
    {
      name: 'a held lot does not go to dispatch',
      given: { ...given, lot: Lot.like({ status: 'held' }), to: Location.like({ zone: 'dispatch' }) },
      stock,
      when: move,
      then: { refused: 'lot-confined' },
    },
    {
      name: 'more than there is',
      given,
      stock,
      when: { ...move, quantity: 101 },
      then: { refused: 'stock-short' },
    },
    {
      name: 'to where it is already',
      given,
      stock,
      when: { ...move, to: move.from },
      then: { refused: 'move-to-same-place' },
    },
    {
      name: 'cold goods do not go into an aisle',
      given: { ...given, item: Item.like({ storage: { minC: 2, maxC: 8 } }) },
      stock,
      when: move,
      then: { refused: 'storage-unfit' },
    },
    { name: 'in another unit', given, stock, when: { ...move, unit: 'kg' }, then: { refused: 'unit-mismatch' } },
  ],
})
