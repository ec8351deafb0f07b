import * as z from 'zod'
import { conflict, type Edge, entity, type Loaded, refuse, shared } from '#kit'
import { Sscc } from './gtin.ts'
import { HappenedAt } from './happened.ts'
import { Code, Instant, Quantity, Unit } from './values.ts'

/** Most lots in one pack, inner packs included: a pack is shipped in one transaction. */
export const packLimit = 20

const Content = z.object({
  lotId: z.string(),
  itemId: z.string(),
  quantity: Quantity,
  unit: Unit,
  /** The pack that holds it directly: this one or one inside. */
  packId: z.string(),
})

/** A carton, case or pallet with a fixed content; other content is another pack, as a new SSCC is another logistic unit. */
export const Pack = entity('pack', {
  area: 'warehouse',
  prefix: 'pck',
  node: true,
  state: z.object({
    number: Code,
    /** Serial shipping container code, 18 digits (GS1 AI 00). */
    sscc: Sscc.optional(),
    siteId: z.string(),
    locationId: z.string(),
    status: z.enum(['closed', 'inside', 'shipped', 'unpacked']),
    /** Everything in it, also what is in the packs inside. */
    contents: z.array(Content),
    /** Packs that stand in it directly. */
    packIds: z.array(z.string()),
    packedAt: Instant,
    /** The pack around this one. */
    outerId: z.string().optional(),
    shipmentId: z.string().optional(),
  }),
  example: {
    number: 'CARTON-1',
    siteId: 'sit_00000000000000000000000001',
    locationId: 'loc_00000000000000000000000001',
    status: 'closed',
    contents: [
      {
        lotId: 'lot_00000000000000000000000001',
        itemId: 'itm_00000000000000000000000001',
        quantity: 10,
        unit: 'each',
        packId: 'pck_00000000000000000000000001',
      },
    ],
    packIds: [],
    packedAt: '2026-02-01T08:00:00.000Z',
  },
  worklist: ({ status }) => status,
  group: ({ locationId }) => locationId,
  unique: { number: ({ number }) => number, sscc: ({ sscc }) => sscc },
})

type PackState = z.infer<typeof Pack.schema>

export const LotsPacked = Pack.born(
  'LotsPacked',
  z.object({
    packId: Pack.id,
    number: Code,
    sscc: Sscc.optional(),
    siteId: z.string(),
    locationId: z.string(),
    contents: z.array(Content),
    packIds: z.array(Pack.id),
    packedAt: Instant,
    happenedAt: HappenedAt,
  }),
  ({ packId: _, happenedAt: __, ...packed }) => ({ ...packed, status: 'closed' }),
  {
    stock: ({ packId, locationId, contents }) => moves(contents, packId, { from: locationId, to: packId }),
    edges: ({ happenedAt: at, ...packed }) => edges(packed, { at }),
  },
)

/** The pack stands in another one and goes where that goes. */
export const PackPutInside = Pack.fact(
  'PackPutInside',
  z.object({ packId: Pack.id, outerId: Pack.id }),
  (pack, data) => ({
    ...pack,
    status: 'inside',
    outerId: data.outerId,
  }),
)

/** The pack around it was opened; it stands for itself again. */
export const PackTakenOut = Pack.fact(
  'PackTakenOut',
  z.object({ packId: Pack.id, outerId: Pack.id, locationId: z.string() }),
  ({ outerId: _, ...pack }, { locationId }) => ({ ...pack, status: 'closed', locationId }),
)

/** The pack was opened and its content put beside it; the packs inside stay packs. */
export const PackOpened = Pack.fact(
  'PackOpened',
  z.object({
    packId: Pack.id,
    locationId: z.string(),
    contents: z.array(Content),
    packIds: z.array(Pack.id),
    packedAt: Instant,
    openedAt: Instant,
  }),
  (pack) => ({ ...pack, status: 'unpacked', contents: [], packIds: [] }),
  {
    stock: ({ packId, locationId, contents }) => moves(contents, packId, { from: packId, to: locationId }),
    // The same edges as at packing, now with their end.
    edges: ({ packedAt: at, openedAt: until, ...opened }) => edges(opened, { at, until }),
  },
)

/** The pack stands elsewhere now, with everything in it; a pack inside is where the one around it is. */
export const PackMoved = Pack.fact(
  'PackMoved',
  z.object({
    ...{ packId: Pack.id, from: z.string(), to: z.string(), siteId: z.string() },
    contents: z.array(Content),
    happenedAt: HappenedAt,
  }),
  (pack, { to: locationId, siteId }) => ({ ...pack, locationId, siteId }),
)

/** The pack left with a shipment; its content is told by the shipment. */
export const PackShipped = Pack.fact(
  'PackShipped',
  z.object({ packId: Pack.id, shipmentId: z.string() }),
  (pack, { shipmentId }) => ({ ...pack, status: 'shipped', shipmentId }),
)

export const packRefusals = shared({
  'pack-not-closed': conflict(
    'Pack {number} is {status}. Only a closed pack that stands for itself can be put into another, opened or shipped.',
    '包装 {number} 状态为 {status}。只有已封装且独立存放的包装可以装入其他包装、拆开或发运。',
  ),
})

/** Refuses a pack that is inside another, left with a shipment or was opened. */
export const packUnready = ({ number, status }: PackState) =>
  status === 'closed' ? undefined : refuse('pack-not-closed', { number, status })

/** What was in a pack when it is shipped, as lines of the shipment: each lot leaves the pack that holds it. */
export const linesOf = (packs: readonly Loaded<PackState>[]) =>
  packs.flatMap(({ contents, locationId: standing }) =>
    contents.map(({ packId: from, ...line }) => ({ ...line, from, standing })),
  )

type Contents = readonly z.infer<typeof Content>[]

const directly = (contents: Contents, packId: string) => contents.filter((one) => one.packId === packId)

interface Packed {
  readonly packId: string
  readonly contents: Contents
  readonly packIds: readonly string[]
}

const edges = ({ packId, contents, packIds }: Packed, time: Pick<Edge, 'at' | 'until'>): Edge[] => [
  ...directly(contents, packId).map(
    ({ lotId, quantity, unit }): Edge => ({
      ...{ kind: 'pack', from: lotId, to: packId, quantity, unit },
      ...time,
    }),
  ),
  ...packIds.map((inner): Edge => ({ kind: 'pack', from: inner, to: packId, ...time })),
]

const moves = (contents: Contents, packId: string, way: { readonly from: string; readonly to: string }) =>
  directly(contents, packId).map(({ lotId, itemId, quantity }) => ({ lotId, itemId, quantity, ...way }))
