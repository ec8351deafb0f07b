import { Recall } from '../../lib/domain/recall.ts'
import type { People } from '../../test/cloud/people.ts'
import type { OpenTable } from '../../test/cloud/table.ts'
import { shipToMany } from './consignees.ts'
import { approveNotices, hasStatus, judge, openRecall, outbox } from './recalls.ts'

/** Consignees of another lot, who must hear nothing. */
const unaffected = 200
const supplier = 'supplier@example.com'

export interface Throughput {
  readonly consignees: number
  readonly notified: number
  readonly missed: number
  readonly double: number
  /** Seconds after the opening at which it was frozen, its scope known and approved, and its first notice out. */
  readonly stages: Readonly<Record<'frozen' | 'approved' | 'first', number>>
  /** From the opening of the recall, over the approval of its notices, to the last of them. */
  readonly seconds: number
  /** CPU of the local cloud with everything in it, database included, meanwhile. */
  readonly cpuMsPerNotice: number
}

/** Recalls a lot that went to many consignees, and counts who got a notice. */
export async function tellMany(
  { people, world, url, cpuSeconds }: { people: People; world: OpenTable; url: string; cpuSeconds: () => number },
  { lotId, otherLotId, count }: { lotId: string; otherLotId: string; count: number },
): Promise<Throughput> {
  const consignees = await shipToMany(world, lotId, { name: 'affected', count })
  await shipToMany(world, otherLotId, { name: 'unaffected', count: unaffected, from: count })
  const title = 'Everybody gets one notice'
  const [begin, cpuBefore] = [Date.now(), cpuSeconds()]
  const recallId = await openRecall(people, title, lotId)
  await approveNotices({ people, world }, recallId)
  const approvedAt = Date.now()
  await hasStatus(world, recallId, 'notified', 1000)
  const cpu = cpuSeconds() - cpuBefore
  const messages = (await outbox(url)).filter(({ at }) => Date.parse(at) >= begin)
  const { missed, double } = judge([...consignees.map(({ email }) => email), supplier], messages)
  const since = (time: number) => Number(((time - begin) / 1000).toFixed(1))
  const [stored] = await world.table.states([{ entity: Recall, id: recallId }])
  const first = Math.min(...messages.map(({ at }) => Date.parse(at)))
  const last = Math.max(...messages.map(({ at }) => Date.parse(at)))
  return {
    consignees: count,
    notified: new Set(messages.flatMap(({ to }) => to)).size - 1,
    ...{ missed, double },
    stages: {
      frozen: since(Date.parse(String(stored!.data.frozenAt))),
      approved: since(approvedAt),
      first: since(first),
    },
    seconds: since(last),
    cpuMsPerNotice: Number(((cpu * 1000) / count).toFixed(1)),
  }
}
