import { setTimeout as pause } from 'node:timers/promises'
import { Recall } from '../../lib/domain/recall.ts'
import type { People } from '../../test/cloud/people.ts'
import type { OpenTable } from '../../test/cloud/table.ts'

/** People at the door of a local cloud, and its table. */
export interface Setting {
  readonly people: People
  readonly world: OpenTable
}

/** A message of the local outbox. */
export interface Message {
  readonly kind: 'email' | 'sms'
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly at: string
}

/** Everything that left so far. */
export async function outbox(url: string): Promise<Message[]> {
  const response = await fetch(`${url}/_local/outbox.json`)
  return (await response.json()) as Message[]
}

/** Opens a real recall of a lot, signed; its machine starts by itself and then waits for the approval of the notices. */
export const openRecall = (people: People, title: string, lotId: string): Promise<string> =>
  people.make('quality', '/recalls', {
    ...{ title, reason: 'Bench of recalls', drill: false, seeds: { lotIds: [lotId] } },
    contact: { name: 'Safety officer', email: 'safety@maker.example' },
  })

/** A second person approves the notices as soon as the scope is known. */
export async function approveNotices({ people, world }: Setting, recallId: string): Promise<void> {
  await hasStatus(world, recallId, 'scoped', 50)
  await people.approve(recallId)
}

/** Waits until the machine has brought a recall so far. */
export const hasStatus = (world: OpenTable, recallId: string, status: string, every = 250) =>
  until(
    `"${status}" of ${recallId}`,
    600,
    async () => {
      const [stored] = await world.table.states([{ entity: Recall, id: recallId }])
      return stored?.data.status === status ? true : undefined
    },
    every,
  )

/** Waits for something, looking every so many milliseconds; says what did not happen. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
  every = 250,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(every)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`${what} did not happen in ${seconds} s`)
}

/** How often each address got a message. */
function countByAddress(messages: readonly Message[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { to } of messages) for (const one of to) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

/** Who should have got one message and got none, and how many came that should not have. */
export function judge(expected: readonly string[], messages: readonly Message[]): { missed: number; double: number } {
  const counts = countByAddress(messages)
  const missed = expected.filter((address) => !counts.has(address)).length
  const wanted = new Set(expected)
  const double = [...counts].reduce((sum, [address, count]) => sum + (wanted.has(address) ? count - 1 : count), 0)
  return { missed, double }
}
