import { type Shipped, shippedTo } from '#domain/answer'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import type { NoticeState } from '#domain/notice'
import { contentOf, type NoticeContent } from '#domain/notice-content'
import type { PartnerState } from '#domain/partner'
import type { RecallState } from '#domain/recall'
import type { AffectedParty, Loaded, Ports } from '#kit'

/** The party of a notice as the scope has it now; without lots where later exclusions left it none. */
export async function partyOf(
  { recallId, shard, partnerId, role }: NoticeState,
  { scope }: Pick<Ports, 'scope'>,
): Promise<AffectedParty> {
  const parties = await scope.partiesOf(recallId, shard)
  return parties.find((one) => one.partnerId === partnerId) ?? { partnerId, role, lots: [] }
}

/** What the party of a notice got, by lot. */
export const shippedBy = async (notice: NoticeState, ports: Pick<Ports, 'scope'>): Promise<Shipped[]> =>
  shippedTo(await partyOf(notice, ports))

/** Customers of a recall. */
export async function consigneesOf(
  { id, shards = 0 }: Loaded<RecallState>,
  { scope }: Pick<Ports, 'scope'>,
): Promise<string[]> {
  const parties = await scope.parties(id, shards)
  return parties.flatMap(({ partnerId, role }) => (role === 'customer' ? [partnerId] : []))
}

interface About {
  readonly notice: Loaded<NoticeState>
  readonly recall: Loaded<RecallState>
  readonly partner: PartnerState
}

/** Everything that a notice says, read as of now. */
export async function contentFor(about: About, ports: Pick<Ports, 'scope' | 'table'>): Promise<NoticeContent> {
  const { notice, recall, partner } = about
  const party = await partyOf(notice, ports)
  const ids = [...new Set(party.lots.map(({ lotId }) => lotId))]
  const found = await ports.table.states(ids.map((id) => ({ entity: Lot, id })))
  const lots = new Map(found.flatMap((one) => (one ? [[one.id, one.data as LotState]] : [])))
  const kinds = [...new Set([...lots.values()].map(({ itemId }) => itemId))]
  const kept = await ports.table.states(kinds.map((id) => ({ entity: Item, id })))
  const items = new Map(kept.flatMap((one) => (one ? [[one.id, one.data as ItemState]] : [])))
  return contentOf({ noticeId: notice.id, sentAt: notice.sentAt, recall, partner, party, lots, items })
}
