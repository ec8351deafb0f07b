import type { People } from '../../test/cloud/people.ts'
import { type Running, startRunning } from '../../test/cloud/running.ts'
import type { OpenTable } from '../../test/cloud/table.ts'
import { shipToMany } from './consignees.ts'
import { approveNotices, hasStatus, judge, openRecall, outbox, until } from './recalls.ts'

/** Parts of the notices that are out when the power is cut. */
const moments = [0.02, 0.5, 0.95]

export interface Killing {
  readonly cells: number
  readonly cellsOk: number
}

/** Cuts the power while a recall's notices go out, each time later, and counts what everybody got in the end. */
export async function killWhileTelling(
  cloud: { current: Running; readonly options: Parameters<typeof startRunning>[0] },
  { people, world, url }: { people: People; world: OpenTable; url: string },
  { lotId, count, say }: { lotId: string; count: number; say: (line: string) => void },
): Promise<Killing> {
  const consignees = await shipToMany(world, lotId, { name: 'killed', count, from: 1_000_000 })
  const title = 'The power is cut'
  const mine = async () => (await outbox(url)).filter(({ subject }) => subject.includes(title))
  const recallId = await openRecall(people, title, lotId)
  await approveNotices({ people, world }, recallId)
  for (const part of moments) {
    await until(
      `${part * 100} % of the notices`,
      // What was claimed when the power went is sent again after a minute, if its receipt does not come.
      400,
      async () => ((await mine()).length >= part * count ? true : undefined),
      20,
    )
    await cloud.current.kill()
    cloud.current = await startRunning(cloud.options)
  }
  await hasStatus(world, recallId, 'notified')
  const { missed, double } = judge([...consignees.map(({ email }) => email), 'supplier@example.com'], await mine())
  say(`the power was cut ${moments.length} times among ${count} notices: ${missed} missed, ${double} double`)
  return { cells: moments.length, cellsOk: missed + double === 0 ? moments.length : 0 }
}
