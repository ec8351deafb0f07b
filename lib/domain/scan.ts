import * as z from 'zod'
import { dispatch, invalid, type Loaded, refuse, refused } from '#kit'
import type { DeviceState } from './device.ts'
import { type DeviceMessage, heading, messageFlaw, messageOf, messageRefusals } from './device-message.ts'
import { isEpc, readEpc } from './epc.ts'
import { parseElementString } from './gs1.ts'
import { parseHibc } from './hibc.ts'
import type { LocationState } from './location.ts'
import type { LotState } from './lot.ts'
import { parseUdi } from './udi.ts'
import { Code, Line, Quantity } from './values.ts'

/** Name of the IoT topic rule that takes scans in. */
export const scanRule = 'lotline_scans'

const scanned = {
  ...heading,
  /** As the scanner read it: a GS1 element string in any form, a HIBC label, or an RFID tag (memory or EPC URI). */
  code: z.string().min(1).max(200),
  /** Code of the place where it is scanned; the scanner's own place where it stands still. */
  location: Code.optional(),
  /** All that is there, where it is not given. */
  quantity: Quantity.optional(),
}

/** What a bar code or RFID reader sends. */
export const ScanPayload = z.discriminatedUnion('purpose', [
  /** It was put here; `from` where it may have come from several places. */
  z.strictObject({ ...scanned, purpose: z.literal('store'), from: Code.optional() }),
  /** It leaves from here, under a delivery number, for the customer of this code. */
  z.strictObject({ ...scanned, purpose: z.literal('ship'), shipment: Code, customer: Code }),
  /** The customer has it in use from now on. */
  z.strictObject({ ...scanned, purpose: z.literal('install'), customer: Code, place: Line }),
])

export type ScanPayload = z.infer<typeof ScanPayload>

/** A scan, with what its code names. */
export const Scan = messageOf(ScanPayload).transform((sent) => ({ ...sent, label: labelOf(sent) }))

type ScanInput = DeviceMessage<ScanPayload> & { readonly label: Label }

/** What a label names: a pack, or an item by one of its identifiers and of it a unit or lot. */
interface Label {
  /** A logistic unit: everything else is undefined then. */
  readonly sscc?: string | undefined
  readonly gtin?: string | undefined
  readonly hibc?: string | undefined
  readonly lot?: string | undefined
  readonly serial?: string | undefined
  /** Why it names nothing. */
  readonly why?: string | undefined
}

function labelOf({ message, receivedMs }: DeviceMessage<ScanPayload>): Label {
  if (!message) return {}
  if (message.code.startsWith('+')) {
    const read = parseHibc(message.code)
    if (!read.ok) return { why: read.why }
    const { di: hibc, ...of } = read.hibc
    return { hibc, ...of }
  }
  if (isEpc(message.code)) return readEpc(message.code)
  const sscc = ssccOf(message.code)
  if (sscc !== undefined) return { sscc }
  const read = parseUdi(message.code, new Date(receivedMs).getUTCFullYear())
  if (!read.ok) return { why: read.error.message }
  const { di: gtin, lot, serial } = read.udi
  return { gtin, lot, serial }
}

/** The SSCC of a logistic label; where it has several symbols, this is the one that names the unit. */
function ssccOf(code: string): string | undefined {
  const read = parseElementString(code)
  return read.ok ? read.elements.find(([ai]) => ai === '00')?.[1] : undefined
}

export const scanRefusals = {
  ...messageRefusals,
  'scan-unreadable': invalid(
    'Scanner {name} read {code}, which is no label of GS1 or HIBC and no RFID tag of GS1: {why}. Scan the label of the goods again.',
    '扫描器 {name} 读到 {code}，既非 GS1 或 HIBC 标签，也非 GS1 射频标签：{why}。请重新扫描货物标签。',
  ),
  'scan-place-unknown': invalid(
    'Scanner {name} stands at no place and said {given}. Locate the device, or scan the label of a place of its site first.',
    '扫描器 {name} 未指定库位，所给库位为 {given}。请为设备指定库位，或先扫描其站点的库位标签。',
  ),
  'scan-pack-unknown': refused(
    'No pack has the SSCC {sscc} that scanner {name} read. Pack it under this SSCC first, or scan what is inside.',
    '没有扫描器 {name} 读到的 SSCC {sscc} 的包装。请先以该 SSCC 装箱，或扫描箱内货物。',
  ),
  'scan-pack-whole': refused(
    'Scanner {name} read pack {number}, which is stored and shipped whole. Open it first, and scan what was taken out.',
    '扫描器 {name} 读到包装 {number}，包装只能整体入库或发运。请先拆开，再扫描取出的货物。',
  ),
  'scan-item-unknown': refused(
    'No item has the device identifier {di} that scanner {name} read. Define it at its item, or scan another label.',
    '扫描器 {name} 读到的标识 {di} 不属于任何物料。请在物料中登记，或扫描其他标签。',
  ),
  'scan-lot-missing': refused(
    'The label that scanner {name} read names item {code}, but neither lot nor serial number. Scan the label with the production data.',
    '扫描器 {name} 读到的标签仅含物料 {code}，没有批号或序列号。请扫描含生产信息的标签。',
  ),
  'scan-lot-unknown': refused(
    'Item {code} has no lot or unit {number}, which scanner {name} read. Receive it first, or correct its number.',
    '物料 {code} 没有扫描器 {name} 读到的批次或单件 {number}。请先收货，或更正编号。',
  ),
  'scan-elsewhere': refused(
    'Lot {number} is not where scanner {name} could take it from. Look at where it is, and post what happened by hand.',
    '批次 {number} 不在扫描器 {name} 可取货之处。请查看其所在位置，并手工登记实际情况。',
  ),
  'scan-ambiguous': refused(
    'Lot {number} lies at {count} places. Say in "from" which of them it was taken from, or post the move by hand.',
    '批次 {number} 分布于 {count} 个库位。请在 “from” 中说明取自何处，或手工登记移库。',
  ),
  'scan-customer-unknown': refused(
    'No partner has the code {customer} that scanner {name} sent. Correct the code of the order.',
    '没有编码为扫描器 {name} 所发 {customer} 的合作方。请更正订单中的编码。',
  ),
}

/** What our records have of a scan; what is missing is undefined. */
export interface Recorded {
  readonly device: DeviceState
  readonly item: { readonly id: string; readonly code: string } | undefined
  readonly lot:
    | (Loaded<LotState> & { readonly balances: readonly { readonly place: string; readonly quantity: number }[] })
    | undefined
  readonly pack: { readonly id: string; readonly number: string; readonly locationId: string } | undefined
  readonly here: Loaded<LocationState> | undefined
  readonly from: Loaded<LocationState> | undefined
  readonly customer: { readonly id: string } | undefined
}

/** The business command that a scan means: what was scanned is moved here, shipped from here, or in use. */
export function commandOf(scan: ScanInput, recorded: Recorded) {
  const { device } = recorded
  const { name } = device
  const flaw = messageFlaw(scan)
  if (flaw) return flaw
  const [message, { gtin, hibc, lot: lotNumber, serial, why }] = [scan.message!, scan.label]
  if (why !== undefined) return refuse('scan-unreadable', { name, code: message.code, why })
  const { here, item, lot, pack } = recorded
  if (!here || here.siteId !== device.siteId)
    return refuse('scan-place-unknown', { name, given: message.location ?? '-' })
  if (scan.label.sscc !== undefined)
    return pack ? carry(message, pack, recorded) : refuse('scan-pack-unknown', { name, sscc: scan.label.sscc })
  if (!item) return refuse('scan-item-unknown', { name, di: gtin ?? hibc })
  const number = serial ?? lotNumber
  if (number === undefined) return refuse('scan-lot-missing', { name, code: item.code })
  if (!lot) return refuse('scan-lot-unknown', { name, code: item.code, number })

  const actor = { sub: device.id, name, sites: [device.siteId] }
  const happened = { happenedAt: message.at }
  const { id: lotId, unit } = lot
  if (message.purpose === 'store') {
    const elsewhere = lot.balances.filter(({ place }) => place.startsWith('loc_') && place !== here.id)
    const sources =
      message.from === undefined ? elsewhere : elsewhere.filter(({ place }) => place === recorded.from?.id)
    // It was scanned again where it lies.
    if (sources.length === 0 && lot.balances.some(({ place }) => place === here.id)) return []
    if (sources.length > 1) return refuse('scan-ambiguous', { number, count: sources.length })
    const [source] = sources
    if (!source) return refuse('scan-elsewhere', { name, number })
    const quantity = message.quantity ?? source.quantity
    return dispatch('warehouse/move-stock', { lotId, from: source.place, to: here.id, quantity, unit }, actor)
  }
  const { customer } = recorded
  if (!customer) return refuse('scan-customer-unknown', { name, customer: message.customer })
  if (message.purpose === 'install') {
    const input = { lotId, customerId: customer.id, place: message.place, ...happened }
    return dispatch('service/install-unit', input, actor)
  }
  const quantity = message.quantity ?? lot.balances.find(({ place }) => place === here.id)?.quantity
  if (quantity === undefined) return refuse('scan-elsewhere', { name, number })
  const line = { lotId, locationId: here.id, quantity, unit }
  const shipment = { number: message.shipment, customerId: customer.id, lines: [line], ...happened }
  return dispatch('logistics/ship-goods', shipment, actor)
}

/** What a scan of a pack means: it was put here, or leaves for the customer. */
function carry(message: ScanPayload, pack: NonNullable<Recorded['pack']>, { device, here, customer }: Recorded) {
  const { name, id, siteId } = device
  if (message.purpose === 'install' || message.quantity !== undefined)
    return refuse('scan-pack-whole', { name, number: pack.number })
  const actor = { sub: id, name, sites: [siteId] }
  const happenedAt = message.at
  if (message.purpose === 'store')
    return pack.locationId === here!.id
      ? []
      : dispatch('warehouse/move-pack', { packId: pack.id, to: here!.id, happenedAt }, actor)
  if (!customer) return refuse('scan-customer-unknown', { name, customer: message.customer })
  const shipment = { number: message.shipment, customerId: customer.id, packIds: [pack.id], happenedAt }
  return dispatch('logistics/ship-goods', shipment, actor)
}
