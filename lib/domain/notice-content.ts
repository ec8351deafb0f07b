import type { AffectedParty, Loaded } from '#kit'
import { lotsOf, type Shipped } from './answer.ts'
import { writeFnc1, writeHri } from './gs1.ts'
import type { ItemState } from './item.ts'
import type { LotState } from './lot.ts'
import { isUrgent } from './market.ts'
import type { PartnerState } from './partner.ts'
import type { RecallState } from './recall.ts'
import { type Udi, udiElements } from './udi.ts'

/** A lot of the party as its notice names it. */
export interface Goods {
  readonly lotId: string
  readonly code: string
  readonly name: { readonly en: string; readonly zh?: string | undefined }
  readonly number: string
  readonly serial?: string | undefined
  readonly expires?: string | undefined
  readonly quantity: number
  readonly unit: string
  /** Only of items with a UDI-DI. */
  readonly udi?: Udi
}

/** Everything that a notice says, before it is written in a language or for a machine. */
export interface NoticeContent {
  readonly noticeId: string
  readonly recallId: string
  readonly language: 'en' | 'zh'
  readonly drill: boolean
  readonly urgent: boolean
  readonly role: 'customer' | 'supplier'
  /** Name of the party. */
  readonly attention: string
  readonly title: string
  readonly reason: string
  readonly harm?: string | undefined
  readonly depth?: string | undefined
  readonly classes: readonly { readonly market: string; readonly class: string }[]
  /** True where an earlier notice of this recall was followed by more lots. */
  readonly update: boolean
  readonly date: string
  readonly contact?: RecallState['contact']
  readonly goods: readonly Goods[]
}

interface Told {
  readonly noticeId: string
  readonly sentAt: string
  readonly recall: Loaded<RecallState>
  readonly partner: PartnerState
  readonly party: AffectedParty
  readonly lots: ReadonlyMap<string, LotState>
  readonly items: ReadonlyMap<string, ItemState>
}

/** Puts together what one party must know. */
export function contentOf({ noticeId, sentAt, recall, partner, party, lots, items }: Told): NoticeContent {
  const { id: recallId, drill, title, reason, hazard, depth, classes, extensions, contact } = recall
  return {
    ...{ noticeId, recallId, drill, title, reason, depth, contact },
    language: partner.language,
    urgent: isUrgent(classes),
    role: party.role,
    attention: partner.name,
    harm: hazard?.harm,
    classes: classes.map(({ market, class: name }) => ({ market, class: name })),
    update: extensions.length > 0,
    date: sentAt.slice(0, 10),
    goods: lotsOf(party).map((one) => goodsOf(one, lots.get(one.lotId), items)),
  }
}

function goodsOf(
  { lotId, number, serial, quantity, unit }: Shipped,
  lot: LotState | undefined,
  items: ReadonlyMap<string, ItemState>,
): Goods {
  const item = lot && items.get(lot.itemId)
  const { code = number, name = { en: number }, gtin } = item ?? {}
  const expires = lot?.expires
  return {
    ...{ lotId, code, name, number, serial, quantity, unit, expires },
    ...(gtin ? { udi: udiOf(gtin, number, serial, expires) } : {}),
  }
}

const udiOf = (gtin: string, lot: string, serial: string | undefined, expires: string | undefined): Udi => ({
  di: gtin.padStart(14, '0'),
  lot,
  ...(serial ? { serial } : {}),
  ...(expires ? { expires: { date: expires, precision: 'day' } } : {}),
})

/** The UDI as it is printed beside a symbol; narrow columns break it between its elements. */
export const printed = (udi: Udi, between = '') =>
  udiElements(udi)
    .map((element) => writeHri([element]))
    .join(between)

/** The UDI as a symbol carries it, FNC1 written `^`. */
export const carried = (udi: Udi) => writeFnc1(udiElements(udi))

/** GS1 Digital Link of a device: GTIN, lot and serial in the path, the expiry in the query. */
export function digitalLink(udi: Udi): string {
  const { di, lot, serial } = udi
  const path = [`01/${di}`, lot && `10/${encodeURIComponent(lot)}`, serial && `21/${encodeURIComponent(serial)}`]
  const expires = udiElements(udi).find(([ai]) => ai === '17')?.[1]
  return `https://id.gs1.org/${path.filter(Boolean).join('/')}${expires ? `?17=${expires}` : ''}`
}
