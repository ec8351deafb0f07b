import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { Lot } from '../../lib/domain/lot.ts'
import { Partner } from '../../lib/domain/partner.ts'
import { Door } from '../../test/cloud/door.ts'
import { People } from '../../test/cloud/people.ts'
import { freePort, startRunning } from '../../test/cloud/running.ts'
import { synthesized } from '../../test/cloud/synthesis.ts'
import { tokenSigner } from '../../test/cloud/tokens.ts'
import { usageOf } from '../../test/cloud/usage.ts'
import { idOf, otherId } from '../trace/deltas.ts'
import { makeUp, type Past } from '../trace/factory.ts'
import { segments } from '../trace/segments.ts'
import { clientOf, type Items, pastOf, stateOf, storedPast, writeAll } from './frozen.ts'
import { until } from './recalls.ts'

/** A whole case of very many lots: counts, and when each stage was over. */
export interface Large {
  readonly counts: unknown
  readonly shards: number
  readonly parties: number
  /** Seconds after the opening. */
  readonly seconds: Readonly<Record<'frozen' | 'scoped' | 'notified' | 'answered' | 'reconciled' | 'closed', number>>
  readonly openCount: number
  /** Highest resident memory of the local cloud with its database. */
  readonly residentMb: number
}

/** Opens a drill of the hub of a factory's past, lets everybody answer, accounts for all of it and closes it. */
export async function large({ edges = 1_000_000, from = 25_600 } = {}): Promise<Large> {
  const folder = mkdtempSync(join(tmpdir(), 'lotline-large-'))
  const past = makeUp({ edges, late: 0.01, seed: 1 })
  try {
    const engine = await segments(past.graph, 1000, folder, await freePort(from))
    const stored = await storedPast(engine).finally(() => engine.stop())
    return await goThrough(past, stored, await freePort(from + 10))
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function goThrough({ graph, hub }: Past, stored: Items, port: number): Promise<Large> {
  const app = await synthesized()
  const cloud = await startRunning({ port, ...app })
  const door = new Door(port)
  let residentMb = 0
  const watch = setInterval(() => {
    residentMb = Math.max(residentMb, Math.round(usageOf(cloud.pid).residentBytes / 2 ** 20))
  }, 500)
  try {
    const client = clientOf(`http://127.0.0.1:${port + 1}`)
    const { TableNames = [] } = await client.send(new ListTablesCommand({}))
    const hubId = idOf(graph, hub)
    const partners = [...new Set(graph.party)].filter((party) => party > 0).map((party) => otherId('ptr', party))
    await writeAll(client, TableNames[0]!, [
      ...pastOf(graph, stored),
      stateOf(Lot, hubId, Lot.like({ number: 'HUB' })),
      ...partners.map((id, n) => stateOf(Partner, id, Partner.like({ code: `P-${n}` }))),
    ])
    return { ...(await closeCase(await People.hire(door, await tokenSigner(port, app.data)), hubId)), residentMb }
  } finally {
    clearInterval(watch)
    door.close()
    await cloud.kill()
    rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function closeCase(people: People, hubId: string): Promise<Omit<Large, 'residentMb'>> {
  const begin = Date.now()
  const since = () => Number(((Date.now() - begin) / 1000).toFixed(1))
  const ask = async (path: string) => JSON.parse((await people.ask('quality', { method: 'GET', path })).text)
  const recallId = await people.make('quality', '/recalls', {
    ...{ title: 'Hub', reason: 'All the way to its end', drill: true, seeds: { lotIds: [hubId] } },
  })
  const comesTo = (what: string, is: (recall: any) => boolean) =>
    until(what, 600, async () => {
      const { recall } = await ask(`/recalls/${recallId}`)
      if (recall.failure) throw new Error(recall.failure)
      return is(recall) ? { recall, at: since() } : undefined
    })
  const frozen = await comesTo('the freeze', ({ frozenAt }) => frozenAt)
  const scoped = await comesTo('the scope', ({ status }) => status === 'scoped' || status === 'notified')
  const notified = await comesTo('the notices', ({ status }) => status === 'notified')
  const { parties } = await ask(`/recalls/${recallId}`)
  for (const { noticeId } of parties)
    await people.post('quality', `/notices/${noticeId}/acknowledgements`, { acknowledgedBy: 'Ward' })
  const answered = since()
  await people.post('quality', `/recalls/${recallId}/reconciliations`, {})
  const reconciled = await comesTo('the reconciliation', (recall) => recall.reconciled)
  await people.post('quality', `/recalls/${recallId}/closure`, { conclusion: 'All of it accounted for' })
  const { counts, shards } = notified.recall
  return {
    ...{ counts, shards, parties: parties.length, openCount: reconciled.recall.reconciled.openCount },
    seconds: {
      ...{ frozen: frozen.at, scoped: scoped.at, notified: notified.at, answered },
      ...{ reconciled: reconciled.at, closed: since() },
    },
  }
}
