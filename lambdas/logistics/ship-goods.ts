import * as z from 'zod'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unusable } from '#domain/lot'
import { Partner, partnerRefusals, roleMissing } from '#domain/partner'
import { Shipment, ShipmentDispatched } from '#domain/shipment'
import { Code, Quantity, Unit } from '#domain/values'
import { command, refuse, refused } from '#kit'

const line = { lotId: Lot.sample(), locationId: Location.sample(), quantity: 10, unit: 'each' } as const
const shipment = { number: 'SH-2602', customerId: Partner.sample(), lines: [line] }
const given = { customer: Partner.like(), lots: [Lot.like()], locations: [Location.like()] }
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

export const handler = command({
  summary: 'Ship whole lots or parts of them from one site to a customer.',
  route: 'POST /shipments',
  roles: ['logistics', 'warehouse'],
  input: z.strictObject({
    number: Code,
    customerId: Partner.id,
    lines: z
      .array(z.strictObject({ lotId: Lot.id, locationId: Location.id, quantity: Quantity, unit: Unit }))
      .min(1)
      .max(20),
  }),
  reads: {
    customer: Partner.at('customerId'),
    lots: Lot.at('lines[].lotId').unfrozen(),
    locations: Location.at('lines[].locationId'),
  },
  emits: [ShipmentDispatched],
  refuses: {
    ...lotRefusals,
    ...unitRefusals,
    ...partnerRefusals,
    'several-sites': refused(
      'Locations {first} and {code} belong to different sites. Make one shipment for each site.',
      '库位 {first} 与 {code} 属于不同站点。请按站点分别发货。',
    ),
  },
  decide: ({ customer, lots, locations }, { lines, ...input }, { now, actor, newId }) => {
    const { siteId, code: first } = locations[0]!
    const elsewhere = locations.find((location) => location.siteId !== siteId)
    const wrong =
      roleMissing(customer, 'customer') ??
      (elsewhere && refuse('several-sites', { first, code: elsewhere.code })) ??
      lots
        .map((lot, index) => unusable(lot, now) ?? unitMismatch(lot, lines[index]!.unit, lines[index]!.quantity))
        .find((refusal) => refusal !== undefined)
    if (wrong) return wrong
    return ShipmentDispatched({
      ...input,
      shipmentId: newId(Shipment),
      siteId,
      lines: lines.map(({ locationId, ...one }, index) => ({ ...one, itemId: lots[index]!.itemId, from: locationId })),
      shippedAt: now,
      shippedBy: actor.sub,
    })
  },
  examples: [
    { name: 'ten of a lot go to a hospital', given, stock, when: shipment, then: ['ShipmentDispatched'] },
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
