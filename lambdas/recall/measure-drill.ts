import * as z from 'zod'
import { type DrillResult, drillResultOf } from '#domain/drill-result'
import { Lot, type LotState } from '#domain/lot'
import { Partner, type PartnerState } from '#domain/partner'
import { Recall, RecallClosed, RecallDrillMeasured, type RecallState } from '#domain/recall'
import { type Ports, task } from '#kit'

/** Partitions of a scope that are looked into: some thousand lots say enough about the records. */
const mostShards = 8
/** A drill that takes longer is ended as it is, so that what it froze does not stay frozen. */
const patience = 30 * 60_000

const drill = Recall.like({ status: 'notified', shards: 1, notifiedAt: '2026-03-01T08:00:05.000Z' })
const when = { recallId: Recall.sample() }
interface Measuring {
  readonly measured: boolean
  /** Only of who measured it. */
  readonly result?: DrillResult
}

const nothing = drillResultOf(drill, { nodes: [], lots: [], parties: [], partners: new Map() })

export const handler = task({
  summary: 'Measure a drill that has told everybody, or takes too long: times, what is accounted for, holes; end it.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallDrillMeasured, RecallClosed],
  refuses: {},
  uses: ['scope', 'table', 'metrics'],
  perform: async ({ recall }, { recallId }, { metrics, ...ports }, { now }): Promise<Measuring> => {
    // Its answer may have been lost after it was written down: then the machine asks again.
    if (recall.status === 'closed') return { measured: true }
    if (!isOver(recall, now)) return { measured: false }
    const result = drillResultOf(recall, await lookInto(recallId, recall, ports))
    await metrics.put({
      ...(result.secondsToScope === undefined ? {} : { DrillSecondsToScope: result.secondsToScope }),
      DrillAccounted: result.accounted,
      DrillHoles: result.holes.reduce((sum, { count }) => sum + count, 0),
    })
    for (const { kind, count } of result.holes) await metrics.put({ DrillHoles: count }, { kind })
    return { measured: true, result }
  },
  decide: ({ recall }, { recallId }, { now }, { result }) => {
    if (!result || !isOver(recall, now)) return []
    return [
      RecallDrillMeasured({ recallId, at: now, result }),
      RecallClosed({ recallId, conclusion: 'Measured by itself', closedAt: now, drill: true, unexplained: 0 }),
    ]
  },
  output: ({ recallId }, { measured }) => ({ recallId, measured }),
  examples: [
    {
      name: 'everybody was told',
      given: { recall: drill },
      when,
      performed: { measured: true, result: nothing },
      then: ['RecallDrillMeasured', 'RecallClosed'],
    },
    {
      name: 'half an hour and no end: what it froze is freed',
      given: { recall: Recall.like({ status: 'frozen', openedAt: '2020-01-31T08:00:00.000Z' }) },
      when,
      performed: { measured: true, result: nothing },
      then: ['RecallDrillMeasured', 'RecallClosed'],
    },
    {
      name: 'it is measured once',
      given: { recall: { ...drill, status: 'closed' } },
      when,
      performed: { measured: true },
      then: [],
    },
  ],
})

const isOver = ({ drill, status, openedAt }: RecallState, now: string) =>
  drill && status !== 'closed' && (status === 'notified' || Date.parse(now) - Date.parse(openedAt) > patience)

async function lookInto(recallId: string, { shards = 0 }: RecallState, ports: Pick<Ports, 'scope' | 'table'>) {
  const { scope, table } = ports
  const some = Array.from({ length: Math.min(shards, mostShards) }, (_, shard) => shard)
  const nodes = (await Promise.all(some.map((shard) => scope.nodesOf(recallId, shard)))).flat()
  const parties = (await Promise.all(some.map((shard) => scope.partiesOf(recallId, shard)))).flat()
  const ids = nodes.flatMap(({ id }) => (id.startsWith(`${Lot.prefix}_`) ? [id] : []))
  const states = await table.states(ids.map((id) => ({ entity: Lot, id })))
  const known = states.flatMap((stored) => (stored ? [stored] : []))
  const balances = await Promise.all(known.map(({ id }) => table.balances(id)))
  const partners = await table.states(parties.map(({ partnerId }) => ({ entity: Partner, id: partnerId })))
  return {
    ...{ nodes, parties },
    lots: known.map(({ id, data }, index) => ({ id, state: data as LotState, balances: balances[index]! })),
    partners: new Map(partners.flatMap((one) => (one ? [[one.id, one.data as PartnerState] as const] : []))),
  }
}
