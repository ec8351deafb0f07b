import { type AffectedParty, exact, type LedgerFact, type Loaded } from '#kit'
import type { ClockState } from './clock.ts'
import type { CompanyData } from './company.ts'
import type { effectivenessOf } from './effectiveness.ts'
import type { ItemState } from './item.ts'
import type { LotState } from './lot.ts'
import type { NoticeState } from './notice.ts'
import type { PartnerState } from './partner.ts'
import type { RecallState } from './recall.ts'
import type { Account, Open } from './reconciliation.ts'
import type { ShipmentState } from './shipment.ts'

/** A party of the case with what it was told and answered. */
export interface CaseParty {
  readonly party: AffectedParty
  readonly partner: PartnerState
  readonly notice?: NoticeState | undefined
  /** What became of what it got; empty for suppliers. */
  readonly accounts: readonly Account[]
}

/** A lot or unit in scope. */
export interface CaseLot {
  readonly id: string
  readonly grade: 'confirmed' | 'possible'
  readonly state: LotState
}

/** Everything that reports say about a recall, read at one time. */
export interface CaseFile {
  readonly recall: Loaded<RecallState>
  /** How many facts the case has, and the hash of the newest: the version that reports are made from. */
  readonly version: { readonly facts: number; readonly hash: string }
  readonly history: readonly LedgerFact[]
  readonly company: CompanyData | undefined
  readonly items: ReadonlyMap<string, ItemState>
  readonly lots: readonly CaseLot[]
  readonly shipments: readonly ShipmentState[]
  readonly parties: readonly CaseParty[]
  /** Quantities that counts in the house could not find. */
  readonly house: readonly Open[]
  readonly clocks: readonly ClockState[]
  readonly effectiveness: ReturnType<typeof effectivenessOf>
}

/** Lots and units of one item that share a number. */
export interface Batch {
  readonly itemId: string
  readonly item: ItemState | undefined
  readonly number: string
  readonly unit: string
  readonly serials: readonly string[]
  readonly possible: boolean
  readonly made: number
  readonly distributed: number
  readonly bornAt: string
  readonly expires: string | undefined
}

const sum = (values: readonly number[]) => values.reduce((all, one) => exact(all + one), 0)

/** What left the company of each lot; what a customer passed on was counted when it came to that customer. */
function distributedOf({ parties }: CaseFile): ReadonlyMap<string, number> {
  const direct = parties.flatMap(({ party }) => (party.role === 'customer' && !party.via ? party.lots : []))
  const byLot = Map.groupBy(direct, ({ lotId }) => lotId)
  return new Map([...byLot].map(([lotId, lots]) => [lotId, sum(lots.map(({ quantity }) => quantity))]))
}

/** Everything in scope by item and number, in the order of both. */
export function batchesOf(file: CaseFile): Batch[] {
  const distributed = distributedOf(file)
  const groups = Map.groupBy(file.lots, ({ state }) => `${state.itemId} ${state.number}`)
  const batches = [...groups.values()].map((lots): Batch => {
    const { itemId, number, unit } = lots[0]!.state
    const item = file.items.get(itemId)
    return {
      ...{ itemId, item, number, unit },
      serials: lots.flatMap(({ state }) => state.serial ?? []).sort(),
      possible: lots.some(({ grade }) => grade === 'possible'),
      made: sum(lots.map(({ state }) => state.quantity)),
      distributed: sum(lots.map(({ id }) => distributed.get(id) ?? 0)),
      bornAt: lots.map(({ state }) => state.bornAt).sort()[0]!,
      expires: lots.flatMap(({ state }) => state.expires ?? []).sort()[0],
    }
  })
  const keyOf = ({ item, number }: Batch) => `${item?.code} ${number}`
  return batches.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** What is recalled from the market: devices, and whatever else was shipped. */
export const productsOf = (file: CaseFile): Batch[] =>
  batchesOf(file).filter(({ item, distributed }) => item?.kind === 'device' || distributed > 0)

/** Items of the products, each once. */
export function productItemsOf(file: CaseFile): ItemState[] {
  const items = productsOf(file).flatMap(({ item }) => item ?? [])
  return [...new Set(items)]
}

export const customersOf = ({ parties }: CaseFile) => parties.filter(({ party }) => party.role === 'customer')

/** Sums over all consignees. */
export function totalsOf(file: CaseFile) {
  const accounts = customersOf(file).flatMap((one) => one.accounts)
  const total = (field: 'shipped' | 'found' | 'used' | 'returned' | 'destroyed' | 'passedOn' | 'unexplained') =>
    sum(accounts.map((one) => one[field]))
  return {
    ...{ shipped: total('shipped'), found: total('found'), used: total('used'), returned: total('returned') },
    ...{ destroyed: total('destroyed'), passedOn: total('passedOn'), unexplained: total('unexplained') },
  }
}

/** When a fact of this type was recorded first. */
export const firstAt = ({ history }: CaseFile, type: string) => history.find((fact) => fact.type === type)?.at
