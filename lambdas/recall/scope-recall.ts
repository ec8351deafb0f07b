import * as z from 'zod'
import { mayNotify } from '#domain/approval'
import { mostShards, Recall, RecallScoped, type RecallState, type ScopePass } from '#domain/recall'
import { changeOf, withSubAccounts } from '#domain/scope'
import { suspicionOf, traceScope } from '#genealogy'
import { type Loaded, type Ports, shardOf, task } from '#kit'
import { subAccountsOf } from '#recall'

/** One partition holds about this many: one child of the fan-out, and one page of the scope, reads one partition. */
const perShard = { parties: 100, nodes: 500 }

const shardsFor = (parties: number, nodes: number) =>
  Math.min(mostShards, Math.max(1, Math.ceil(parties / perShard.parties), Math.ceil(nodes / perShard.nodes)))

/** Traces the scope as of now, writes down what is new in it, and frees what is not in it. */
async function takePass(
  recall: Loaded<RecallState>,
  pass: number,
  ports: Pick<Ports, 'genealogy' | 'scope' | 'freezer' | 'table'>,
): Promise<ScopePass> {
  const { id: recallId, passedOn } = recall
  const written = await ports.scope.pass<ScopePass>(recallId, pass)
  if (written) return written
  const marks = await ports.freezer.marked(recallId)
  const { signature, numbers, ...traced } = await traceScope(suspicionOf(recall), ports)
  // The freeze took all that suspicion can reach; of that, grades and exclusions leave less.
  await ports.freezer.freeze(recallId, numbers)
  await ports.freezer.narrow(recallId, marks, numbers)

  const { shards: before = 0 } = recall
  const known = {
    nodes: await ports.scope.nodes(recallId, before),
    parties: await ports.scope.parties(recallId, before),
  }
  const scope = withSubAccounts(traced, await subAccountsOf(recall, known.parties, ports))
  const shards = recall.shards ?? shardsFor(scope.parties.length, scope.nodes.length)
  const { written: change, ...news } = changeOf(pass, scope, known)
  const touched = [...new Set(change.parties.map(({ partnerId }) => shardOf(partnerId, shards)))]
  const { counts, fingerprint, meanwhile } = scope
  return ports.scope.write(recallId, shards, pass, change, {
    ...{ pass, shards, counts, fingerprint, signature, meanwhile, passedOn, touched },
    ...news,
  })
}

const first: ScopePass = {
  ...{ pass: 1, shards: 1, fingerprint: 'f00d', signature: 'cafe', passedOn: 0, supplement: false, touched: [0] },
  counts: { lots: 2, units: 0, customers: 1, suppliers: 1 },
  change: { entered: 3, regraded: 0, left: 0, parties: { entered: 2, changed: 0, left: 0 } },
  examples: { entered: ['lot_00000000000000000000000001'], left: [] },
  meanwhile: { lots: 0, shipments: 0 },
}

export const handler = task({
  summary: 'Trace and grade everything the seeds touch, write down what is new of it, and free what is not suspect.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallScoped],
  refuses: {},
  uses: ['genealogy', 'scope', 'freezer', 'table'],
  perform: async ({ recall }, _, ports) => {
    const { status, pass, toldPass } = recall
    if (status !== 'frozen' && status !== 'scoped') return undefined
    const taken = await takePass(recall, status === 'frozen' ? pass + 1 : pass, ports)
    const all = Array.from({ length: taken.shards }, (_, shard) => shard)
    // Where an earlier pass did not get everybody told, all are gone through again.
    const notify = mayNotify(recall)
    return { ...taken, notify, told: toldPass === taken.pass - 1 && toldPass > 0 ? taken.touched : all }
  },
  decide: ({ recall: { status, pass } }, { recallId }, { now }, performed) =>
    performed && status === 'frozen' && performed.pass === pass + 1
      ? RecallScoped({ recallId, at: now, ...performed })
      : [],
  output: ({ recallId }, performed) => ({
    recallId,
    notify: performed?.notify ?? false,
    shards: performed?.told.map((shard) => ({ recallId, shard })) ?? [],
  }),
  examples: [
    {
      name: 'a frozen recall gets its scope',
      given: { recall: Recall.like({ status: 'frozen' }) },
      when: { recallId: Recall.sample() },
      performed: { ...first, notify: true, told: [0] },
      then: ['RecallScoped'],
    },
    {
      name: 'what was shipped meanwhile enters it',
      given: { recall: Recall.like({ status: 'frozen', shards: 1, pass: 1, toldPass: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { ...first, pass: 2, supplement: true, notify: true, told: [0] },
      then: ['RecallScoped'],
    },
    {
      name: 'a machine that runs again finds the scope written',
      given: { recall: Recall.like({ status: 'scoped', shards: 1, pass: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { ...first, notify: true, told: [0] },
      then: [],
    },
  ],
})
