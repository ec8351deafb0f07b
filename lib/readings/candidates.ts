import { candidatesFor } from '#domain/dispatch'
import { Lot, type LotState, unusable } from '#domain/lot'
import type { ServiceOrderState } from '#domain/service-order'
import { Technician, type TechnicianState } from '#domain/technician'
import { type Balance, exact, listAll, type Ports } from '#kit'

type Table = Ports['table']

/** The technicians of the company for an order, the best first, by skill, region and the usable parts they carry. */
export async function candidates(order: ServiceOrderState, table: Table, now: string) {
  const found = await listAll(table, 'worklist', Technician, 'active')
  const technicians = found.map(({ id, data }) => ({ ...(data as TechnicianState), id }))
  const wanted = new Set(order.wantedParts.map(({ itemId }) => itemId))
  const carried = await Promise.all(
    technicians.map(({ locationId }) =>
      locationId && wanted.size > 0 ? usableAt(locationId, wanted, table, now) : [],
    ),
  )
  const onHand = new Map(
    technicians.map(({ id }, index) => {
      const sums = new Map<string, number>()
      for (const { itemId, quantity } of carried[index]!) sums.set(itemId, exact((sums.get(itemId) ?? 0) + quantity))
      return [id, sums]
    }),
  )
  return candidatesFor(order, technicians, onHand)
}

async function usableAt(locationId: string, wanted: ReadonlySet<string>, table: Table, now: string) {
  const all: Balance[] = []
  let cursor: string | undefined
  do {
    const page: Awaited<ReturnType<Table['stock']>> = await table.stock('place', locationId, cursor)
    all.push(...page.items.filter(({ itemId }) => wanted.has(itemId)))
    cursor = page.next
  } while (cursor !== undefined)
  const lots = await table.states(all.map(({ lotId: id }) => ({ entity: Lot, id })))
  return all.filter((_, index) => lots[index] && !unusable(lots[index].data as LotState, now))
}
