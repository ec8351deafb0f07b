import type { CaseFile, CaseLot } from '#domain/case-file'
import { Clock } from '#domain/clock'
import { Company } from '#domain/company'
import { effectivenessOf } from '#domain/effectiveness'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Notice, noticeIdOf } from '#domain/notice'
import { Partner } from '#domain/partner'
import { Recall, type RecallState } from '#domain/recall'
import { accountsOf } from '#domain/reconciliation'
import { Shipment } from '#domain/shipment'
import { type Entity, type Loaded, listAll, type Ports, type Stored } from '#kit'

type Reading = Pick<Ports, 'scope' | 'table'>

/** Reads everything that reports say about a recall, as of now. */
export async function readCase(recall: Loaded<RecallState>, { scope, table }: Reading): Promise<CaseFile> {
  const { id: recallId, drill, shards = 0 } = recall
  const statesOf = (entity: Entity, ids: readonly string[]) => table.states(ids.map((id) => ({ entity, id })))
  const [history, nodes, parties, clocks, [company]] = await Promise.all([
    table.history(Recall, recallId),
    scope.nodes(recallId, shards),
    scope.parties(recallId, shards),
    listAll(table, 'group', Clock, recallId),
    listAll(table, 'worklist', Company, 'all'),
  ])
  const isOf = (entity: Entity) => (node: { readonly id: string }) => node.id.startsWith(`${entity.prefix}_`)
  const [lotNodes, shipmentIds] = [nodes.filter(isOf(Lot)), nodes.filter(isOf(Shipment)).map(({ id }) => id)]
  const [storedLots, shipments, partners, notices] = await Promise.all([
    statesOf(
      Lot,
      lotNodes.map(({ id }) => id),
    ),
    statesOf(Shipment, shipmentIds),
    statesOf(
      Partner,
      parties.map(({ partnerId }) => partnerId),
    ),
    statesOf(
      Notice,
      parties.map(({ partnerId }) => noticeIdOf(recallId, partnerId)),
    ),
  ])
  const lots = storedLots.flatMap((stored, index): CaseLot[] =>
    stored ? [{ id: stored.id, grade: lotNodes[index]!.grade, state: Lot.schema.parse(stored.data) }] : [],
  )
  const itemIds = [...new Set(lots.map(({ state }) => state.itemId))]
  const [items, differences] = await Promise.all([
    statesOf(Item, itemIds),
    table.quantitiesAt(
      'difference',
      lots.map(({ id }) => id),
    ),
  ])
  const told = parties.flatMap((party, index) => {
    const partner = partners[index]
    const notice = notices[index] && Notice.schema.parse(notices[index].data)
    if (!partner) return []
    return [{ party, partner: Partner.schema.parse(partner.data), notice, accounts: accountsOf(party, notice, drill) }]
  })
  const checks = new Map(told.map(({ party, notice }) => [party.partnerId, notice?.check]))
  const consignees = parties.flatMap(({ partnerId, role }) => (role === 'customer' ? [partnerId] : []))
  return {
    recall,
    version: { facts: history.length, hash: history.at(-1)?.hash ?? '' },
    history,
    company: company && Company.schema.parse(company.data),
    items: new Map(items.flatMap((one) => (one ? [[one.id, Item.schema.parse(one.data)] as const] : []))),
    lots,
    shipments: present(shipments).map(({ data }) => Shipment.schema.parse(data)),
    parties: told,
    // What counts found missing or too much stands there.
    house: lots
      .map(({ id }, index) => ({ lotId: id, unexplained: differences[index]! }))
      .filter(({ unexplained }) => unexplained !== 0),
    clocks: clocks.map(({ data }) => Clock.schema.parse(data)),
    effectiveness: effectivenessOf(recall.sample, consignees, (partnerId) => checks.get(partnerId)),
  }
}

const present = (all: readonly (Stored | undefined)[]) => all.filter((one) => one !== undefined)
