import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unusable } from '#domain/lot'
import { linesOf, Pack, PackShipped, packRefusals, packUnready } from '#domain/pack'
import { Partner, partnerRefusals, roleMissing } from '#domain/partner'
import { Shipment, ShipmentDispatched } from '#domain/shipment'
import { Code, distinct, Quantity, Unit } from '#domain/values'
import { command, invalid, refuse, refused } from '#kit'

const line = { lotId: Lot.sample(), locationId: Location.sample(), quantity: 10, unit: 'each' } as const
const shipment = { number: 'SH-2602', customerId: Partner.sample(), lines: [line] }
const given = { customer: Partner.like(), lots: [Lot.like()], locations: [Location.like()] }
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

/** Each line is up to four items of the transaction. */
const lineLimit = 20

export const handler = command({
  summary: 'Ship whole lots, parts of them and packs with all they hold from one site to a customer.',
  route: 'POST /shipments',
  roles: ['logistics', 'warehouse'],
  input: z.strictObject({
    number: Code,
    customerId: Partner.id,
    lines: z
      .array(z.strictObject({ lotId: Lot.id, locationId: Location.id, quantity: Quantity, unit: Unit }))
      .max(lineLimit)
      .default([]),
    packIds: z.array(Pack.id).max(5).refine(distinct, 'must name each pack once').default([]),
    happenedAt: HappenedAt,
  }),
  reads: {
    customer: Partner.at('customerId'),
    lots: Lot.at('lines[].lotId').unfrozen(),
    locations: Location.at('lines[].locationId'),
    packs: Pack.at('packIds[]'),
    packed: Lot.of('packs[].contents[].lotId').unfrozen(),
  },
  emits: [ShipmentDispatched, PackShipped],
  refuses: {
    ...lotRefusals,
    ...unitRefusals,
    ...partnerRefusals,
    ...packRefusals,
    ...happenedRefusals,
    'several-sites': refused(
      '{first} and {code} are at different sites. Make one shipment for each site.',
      '{first} 与 {code} 位于不同站点。请按站点分别发货。',
    ),
    'shipment-empty': invalid(
      'Shipment {number} names neither lots nor packs. Name what is to be shipped.',
      '发货单 {number} 未指定批次或包装。请指定要发运的货物。',
    ),
    'shipment-too-long': refused(
      'Shipment {number} would have {count} lines, packs included; {limit} fit. Make several shipments.',
      '发货单 {number} 将有 {count} 行（含包装内货物），最多 {limit} 行。请分成多个发货单。',
    ),
  },
  decide: ({ customer, lots, locations, packs, packed }, input, { now, actor, newId }) => {
    const { number, customerId, lines, packIds, happenedAt } = input
    const from = [...locations, ...packs.map(({ siteId, number: code }) => ({ siteId, code }))]
    const elsewhere = from.find(({ siteId }) => siteId !== from[0]!.siteId)
    const wrong =
      roleMissing(customer, 'customer') ??
      notYet(happenedAt, now) ??
      (elsewhere && refuse('several-sites', { first: from[0]!.code, code: elsewhere.code })) ??
      packs.map(packUnready).find(Boolean) ??
      [...lots, ...packed].map((lot) => unusable(lot, now)).find(Boolean) ??
      lots.map((lot, index) => unitMismatch(lot, lines[index]!.unit, lines[index]!.quantity)).find(Boolean)
    if (wrong) return wrong
    const loose = lines.map(({ locationId, ...one }, index) => ({
      ...one,
      itemId: lots[index]!.itemId,
      from: locationId,
    }))
    const all = [...loose, ...linesOf(packs)]
    if (all.length === 0) return refuse('shipment-empty', { number })
    if (all.length > lineLimit) return refuse('shipment-too-long', { number, count: all.length, limit: lineLimit })
    const shipmentId = newId(Shipment)
    const dispatched = { shipmentId, number, customerId, siteId: from[0]!.siteId, lines: all, happenedAt }
    return [
      ShipmentDispatched({ ...dispatched, shippedAt: happenedAt ?? now, shippedBy: actor.sub }),
      ...packIds.map((packId) => PackShipped({ packId, shipmentId })),
    ]
  },
  examples: [
    { name: 'ten of a lot go to a hospital', given, stock, when: shipment, then: ['ShipmentDispatched'] },
    {
      name: 'a carton leaves with all it holds',
      given: { customer: Partner.like(), packs: [Pack.like()], packed: [Lot.like()] },
      stock: { [Lot.sample()]: { [Pack.sample()]: 10 } },
      when: { ...shipment, lines: [], packIds: [Pack.sample()] },
      then: ['ShipmentDispatched', 'PackShipped'],
    },
    {
      name: 'a carton on a pallet leaves with the pallet only',
      given: { customer: Partner.like(), packs: [Pack.like({ status: 'inside' })], packed: [Lot.like()] },
      when: { ...shipment, lines: [], packIds: [Pack.sample()] },
      then: { refused: 'pack-not-closed' },
    },
    {
      name: 'an empty van',
      given: { customer: Partner.like() },
      when: { ...shipment, lines: [] },
      then: { refused: 'shipment-empty' },
    },
    {
      name: 'more than one transaction can hold',
      given: {
        ...given,
        packs: [Pack.like({ contents: Array.from({ length: 20 }, () => Pack.like().contents[0]!) })],
        packed: Array.from({ length: 20 }, () => Lot.like()),
      },
      stock,
      when: { ...shipment, packIds: [Pack.sample()] },
      then: { refused: 'shipment-too-long' },
    },
    {
      name: 'more than there is',
      given,
      stock,
      when: { ...shipment, lines: [{ ...line, quantity: 101 }] },
      then: { refused: 'stock-short' },
    },
    {
      name: 'an unreleased lot does not leave',
      given: { ...given, lots: [Lot.like({ status: 'quarantine' })] },
      stock,
      when: shipment,
      then: { refused: 'lot-unreleased' },
    },
    {
      name: 'an expired lot does not leave',
      given: { ...given, lots: [Lot.like({ expires: '2020-01-31' })] },
      stock,
      when: shipment,
      then: { refused: 'lot-expired' },
    },
    {
      name: 'a held lot does not leave',
      given: { ...given, lots: [Lot.like({ status: 'held', hold: 'Particles found' })] },
      stock,
      when: shipment,
      then: { refused: 'lot-held' },
    },
    {
      name: 'goods for sale do not go to a supplier',
      given: { ...given, customer: Partner.like({ roles: ['supplier'] }) },
      stock,
      when: shipment,
      then: { refused: 'partner-role-missing' },
    },
    {
      name: 'one shipment leaves one site',
      given: {
        ...given,
        lots: [Lot.like(), Lot.like()],
        locations: [Location.like(), Location.like({ siteId: 'sit_00000000000000000000000002' })],
      },
      stock,
      when: { ...shipment, lines: [line, { ...line, locationId: Location.sample(2) }] },
      then: { refused: 'several-sites' },
    },
  ],
})
