import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Installation, UnitInstalled } from '#domain/installation'
import { Lot, lotRefusals, unusable } from '#domain/lot'
import { Partner, partnerRefusals, roleMissing } from '#domain/partner'
import { Line } from '#domain/values'
import { command, refuse, refused } from '#kit'

const unit = Lot.like({ serial: 'SN-77', quantity: 1 })
const given = { lot: unit, customer: Partner.like() }
const when = { lotId: Lot.sample(), customerId: Partner.sample(), place: 'Ward 3, bed 12' }
const stock = { [Lot.sample()]: { [Partner.sample()]: 1 } }

export const handler = command({
  summary: 'Record that a unit which a customer has went into use, and where.',
  route: 'POST /installations',
  roles: ['service'],
  input: z.strictObject({ lotId: Lot.id, customerId: Partner.id, place: Line, happenedAt: HappenedAt }),
  reads: { lot: Lot.at('lotId').unfrozen(), customer: Partner.at('customerId') },
  emits: [UnitInstalled],
  refuses: {
    ...lotRefusals,
    ...partnerRefusals,
    ...happenedRefusals,
    'unit-wanted': refused(
      'Lot {number} has no serial number. Only single units are installed.',
      '批次 {number} 没有序列号。只能安装单件设备。',
    ),
  },
  decide: ({ lot, customer }, { happenedAt, ...input }, { now, actor, newId }) => {
    if (lot.serial === undefined) return refuse('unit-wanted', { number: lot.number })
    const installed = { ...input, itemId: lot.itemId, installedAt: happenedAt ?? now, installedBy: actor.sub }
    return (
      roleMissing(customer, 'customer') ??
      unusable(lot, now) ??
      notYet(happenedAt, now) ??
      UnitInstalled({ ...installed, happenedAt, installationId: newId(Installation) })
    )
  },
  examples: [
    { name: 'a pump goes into use', given, stock, when, then: ['UnitInstalled'] },
    {
      name: 'the customer does not have it',
      given,
      stock: { [Lot.sample()]: { [Partner.sample(2)]: 1 } },
      when,
      then: { refused: 'stock-short' },
    },
    {
      name: 'a lot of a hundred is not one unit',
      given: { ...given, lot: Lot.like() },
      stock,
      when,
      then: { refused: 'unit-wanted' },
    },
    {
      name: 'a held unit is not used',
      given: { ...given, lot: { ...unit, status: 'held', hold: 'Alarm does not sound' } },
      stock,
      when,
      then: { refused: 'lot-held' },
    },
  ],
})
