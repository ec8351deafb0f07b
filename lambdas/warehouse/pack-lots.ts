import * as z from 'zod'
import { Sscc } from '#domain/gtin'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unready } from '#domain/lot'
import { LotsPacked, Pack, PackPutInside, packLimit, packRefusals, packUnready } from '#domain/pack'
import { Code, distinct, Quantity, Unit } from '#domain/values'
import { command, invalid, refuse, refused } from '#kit'

const line = { lotId: Lot.sample(), quantity: 10, unit: 'each' } as const
const carton = { number: 'CARTON-7', locationId: Location.sample(), lines: [line] }
const pallet = { number: 'PALLET-1', locationId: Location.sample(), packIds: [Pack.sample()] }
const given = { location: Location.like(), lots: [Lot.like()] }
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

export const handler = command({
  summary: 'Pack lots, units and other packs at a location into one pack, which moves and ships as a whole.',
  route: 'POST /packs',
  roles: ['warehouse', 'logistics'],
  input: z.strictObject({
    number: Code,
    sscc: Sscc.optional(),
    locationId: Location.id,
    lines: z
      .array(z.strictObject({ lotId: Lot.id, quantity: Quantity, unit: Unit }))
      .max(packLimit)
      .refine((lines) => distinct(lines.map(({ lotId }) => lotId)), 'must name each lot once')
      .default([]),
    packIds: z.array(Pack.id).max(10).refine(distinct, 'must name each pack once').default([]),
    happenedAt: HappenedAt,
  }),
  reads: {
    location: Location.at('locationId'),
    lots: Lot.at('lines[].lotId').unfrozen(),
    packs: Pack.at('packIds[]'),
    packed: Lot.of('packs[].contents[].lotId').unfrozen(),
  },
  emits: [LotsPacked, PackPutInside],
  refuses: {
    ...lotRefusals,
    ...unitRefusals,
    ...packRefusals,
    ...happenedRefusals,
    'pack-empty': invalid(
      'Pack {number} would be empty. Name at least one lot or pack to put in.',
      '包装 {number} 为空。请至少指定一个批次或包装。',
    ),
    'pack-too-full': refused(
      'Pack {number} would hold {count} lots, inner packs included; {limit} fit. Make several packs.',
      '包装 {number} 将含 {count} 个批次（含内层包装），最多 {limit} 个。请分成多个包装。',
    ),
    'pack-elsewhere': refused(
      'Pack {number} is not at location {code}. Bring it there, or pack where it is.',
      '包装 {number} 不在库位 {code}。请先移至该处，或在其所在处包装。',
    ),
  },
  decide: ({ location, lots, packs }, { lines, ...input }, { now, newId }) => {
    const { number, locationId, packIds, happenedAt } = input
    const far = packs.find((one) => one.locationId !== locationId)
    const wrong =
      notYet(happenedAt, now) ??
      packs.map(packUnready).find(Boolean) ??
      (far && refuse('pack-elsewhere', { number: far.number, code: location.code })) ??
      lots
        .map((lot, index) => unready(lot, now) ?? unitMismatch(lot, lines[index]!.unit, lines[index]!.quantity))
        .find(Boolean)
    if (wrong) return wrong
    const packId = newId(Pack)
    const contents = [
      ...lines.map((one, index) => ({ ...one, itemId: lots[index]!.itemId, packId })),
      ...packs.flatMap((one) => one.contents),
    ]
    if (contents.length === 0) return refuse('pack-empty', { number })
    if (contents.length > packLimit)
      return refuse('pack-too-full', { number, count: contents.length, limit: packLimit })
    return [
      LotsPacked({ ...input, packId, siteId: location.siteId, contents, packedAt: happenedAt ?? now }),
      ...packIds.map((inner) => PackPutInside({ packId: inner, outerId: packId })),
    ]
  },
  examples: [
    {
      name: 'ten of a lot go into a carton with its SSCC',
      given,
      stock,
      when: { ...carton, sscc: '095201234567891235' },
      then: ['LotsPacked'],
    },
    {
      name: 'a carton goes on a pallet',
      given: { location: Location.like(), packs: [Pack.like()], packed: [Lot.like()] },
      when: pallet,
      then: ['LotsPacked', 'PackPutInside'],
    },
    {
      name: 'an empty carton is not a pack',
      given: { location: Location.like() },
      when: { ...carton, lines: [] },
      then: { refused: 'pack-empty' },
    },
    {
      name: 'a carton that stands in another one is not put elsewhere',
      given: { location: Location.like(), packs: [Pack.like({ status: 'inside' })], packed: [Lot.like()] },
      when: pallet,
      then: { refused: 'pack-not-closed' },
    },
    {
      name: 'a carton at another location',
      given: {
        location: Location.like(),
        packs: [Pack.like({ locationId: Location.sample(2) })],
        packed: [Lot.like()],
      },
      when: pallet,
      then: { refused: 'pack-elsewhere' },
    },
    {
      name: 'more than one shipment can take at once',
      given: {
        ...given,
        packs: [Pack.like({ contents: Array.from({ length: packLimit }, () => Pack.like().contents[0]!) })],
        packed: Array.from({ length: packLimit }, () => Lot.like()),
      },
      stock,
      when: { ...pallet, lines: [line] },
      then: { refused: 'pack-too-full' },
    },
    {
      name: 'a held lot is not packed',
      given: { ...given, lots: [Lot.like({ status: 'held', hold: 'Particles found' })] },
      stock,
      when: carton,
      then: { refused: 'lot-held' },
    },
  ],
})
