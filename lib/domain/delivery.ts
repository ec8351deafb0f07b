import * as z from 'zod'
import { refuse, refused, shared } from '#kit'
import type { ItemState } from './item.ts'
import { unitMismatch, unitRefusals } from './lot.ts'
import { Day, daysAfter, LotNumber, Quantity, SupplierLotNumber, Unit } from './values.ts'

/** What came of one item under one lot number, or one unit of it with its serial number. */
export const DeliveryLine = z.strictObject({
  itemId: z.string(),
  /** Our own lot number for it. */
  number: LotNumber,
  serial: LotNumber.optional(),
  supplierLot: SupplierLotNumber.optional(),
  quantity: Quantity,
  unit: Unit,
  expires: Day.optional(),
})

export const deliveryRefusals = {
  ...unitRefusals,
  ...shared({
    'tracking-mismatch': refused(
      'Item {code} is tracked by {tracking}. Give one unit with its serial per line for "serial", no serial otherwise.',
      '物料 {code} 的追踪方式为 {tracking}。“serial” 须每行一件并给出序列号，其他方式不填序列号。',
    ),
    'supplier-lot-missing': refused(
      'The supplier lot of {code} is missing. Give the number on its label; without it no recall can reach back.',
      '缺少 {code} 的供应商批号。请填写标签上的批号，否则召回无法追溯来源。',
    ),
    'expiry-missing': refused(
      'Item {code} has a shelf life of {days} days, but no expiry is given. Give the "expires" on its label.',
      '物料 {code} 的保质期为 {days} 天，但未给出有效期。请填写标签上的 “expires”。',
    ),
    'goods-expired': refused(
      'What came of {code} expired on {expires}. Send it back to the supplier.',
      '到货的 {code} 已于 {expires} 过期。请退回供应商。',
    ),
    'expiry-implausible': refused(
      'Item {code} keeps for {days} days, so nothing of it can expire as late as {expires}. Read the label again.',
      '物料 {code} 保质期为 {days} 天，不可能于 {expires} 才到期。请重新核对标签。',
    ),
  }),
}

/** Why this line of a delivery may not be taken in; `now` is ISO 8601 UTC. */
export function lineRefusal(item: ItemState, line: z.infer<typeof DeliveryLine>, now: string) {
  const { code, unit, tracking, shelfLifeDays: days } = item
  const { quantity, serial, supplierLot, expires } = line
  const mismatch = unitMismatch({ number: code, unit }, line.unit, quantity)
  if (mismatch) return mismatch
  if (tracking === 'serial' ? serial === undefined || quantity !== 1 : serial !== undefined)
    return refuse('tracking-mismatch', { code, tracking })
  if (tracking !== 'none' && supplierLot === undefined) return refuse('supplier-lot-missing', { code })
  if (expires !== undefined && expires < now.slice(0, 10)) return refuse('goods-expired', { code, expires })
  if (days === undefined) return undefined
  if (expires === undefined) return refuse('expiry-missing', { code, days })
  return expires > daysAfter(now, days) ? refuse('expiry-implausible', { code, days, expires }) : undefined
}
