import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot } from '#domain/lot'
import { Pack, PackMoved, packRefusals, packUnready } from '#domain/pack'
import { command, refuse, refused } from '#kit'

const given = { pack: Pack.like(), to: Location.like({ code: 'B-01' }), lots: [Lot.like()], items: [Item.like()] }
const when = { packId: Pack.sample(), to: Location.sample(2) }

export const handler = command({
  summary: 'Move a closed pack with everything in it to another location.',
  route: 'POST /packs/{packId}/moves',
  roles: ['warehouse', 'logistics'],
  input: z.strictObject({ packId: Pack.id, to: Location.id, happenedAt: HappenedAt }),
  reads: {
    pack: Pack.at('packId'),
    to: Location.at('to'),
    lots: Lot.of('pack.contents[].lotId').unfrozen(),
    items: Item.of('pack.contents[].itemId'),
  },
  emits: [PackMoved],
  refuses: {
    ...packRefusals,
    ...storageRefusals,
    ...happenedRefusals,
    'pack-stands-there': refused(
      'Pack {number} stands at {code} already. Choose another location to move it to.',
      '包装 {number} 已在库位 {code}。请选择其他移入库位。',
    ),
    'pack-confined': refused(
      'Lot {lot} in pack {number} is {status}. The pack may only be moved to a quarantine location.',
      '包装 {number} 内的批次 {lot} 状态为 {status}，该包装只可移至隔离库位。',
    ),
  },
  decide: ({ pack, to, lots, items }, { packId, happenedAt }, { now }) => {
    const { number, locationId: from, contents } = pack
    if (from === to.id) return refuse('pack-stands-there', { number, code: to.code })
    const confined = lots.find(({ status }) => status === 'held' || status === 'rejected')
    if (confined && to.zone !== 'quarantine')
      return refuse('pack-confined', { number, lot: confined.number, status: confined.status })
    return (
      packUnready(pack) ??
      notYet(happenedAt, now) ??
      items.map((item) => storageUnfit(item, to)).find(Boolean) ??
      PackMoved({ packId, from, to: to.id, siteId: to.siteId, contents, happenedAt })
    )
  },
  examples: [
    { name: 'a carton goes to another rack', given, when, then: ['PackMoved'] },
    {
      name: 'a carton that stands there already',
      given: { ...given, to: Location.like() },
      when: { ...when, to: Location.sample() },
      then: { refused: 'pack-stands-there' },
    },
    {
      name: 'a carton on a pallet moves with the pallet only',
      given: { ...given, pack: Pack.like({ status: 'inside' }) },
      when,
      then: { refused: 'pack-not-closed' },
    },
    {
      name: 'a held lot does not go to dispatch in its carton',
      given: { ...given, lots: [Lot.like({ status: 'held' })] },
      when,
      then: { refused: 'pack-confined' },
    },
    {
      name: 'vaccine does not go to a warm shelf in its carton',
      given: { ...given, items: [Item.like({ storage: { minC: 2, maxC: 8 } })] },
      when,
      then: { refused: 'storage-unfit' },
    },
    {
      name: 'a move that is still to come',
      given,
      when: { ...when, happenedAt: '2999-01-01T00:00:00Z' },
      then: { refused: 'happened-in-future' },
    },
  ],
})
