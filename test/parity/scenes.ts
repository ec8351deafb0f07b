import { Lot } from '../../lib/domain/lot.ts'
import { Notice, noticeIdOf } from '../../lib/domain/notice.ts'
import type { OpenTable } from '../cloud/table.ts'
import type { Example } from './fresh.ts'
import { stateWrite } from './given.ts'

type Scene = (example: Example & { readonly performed?: any }, world: OpenTable) => Promise<unknown>

const party = (partnerId: string) => ({ partnerId, role: 'customer' as const, lots: [] })

const inScope: Scene = ({ when }, { scope }) => scope.write(when.recallId, 1, [], [party(when.partnerId)])

/**
 * What stands in the table beyond the reads of an example, where its `performed` says that a look around finds it.
 * By spec and example.
 */
export const scenes: Readonly<Record<string, Scene>> = {
  'recall/close-recall: a customer has not answered': ({ when, performed }, { scope }) =>
    scope.write(when.recallId, 1, [], performed.unanswered.map(party)),
  'recall/close-recall: a quantity is missing': async ({ when, performed }, { scope, table }) => {
    const [{ lotId, unexplained }] = performed.open
    await scope.write(when.recallId, 1, [{ id: lotId, grade: 'confirmed', rule: 'seed', path: [lotId] }], [])
    const itemId = Lot.like().itemId
    await table.transact([
      stateWrite(Lot, lotId, Lot.like({ quantity: 100 })),
      { kind: 'stock', lotId, itemId, place: 'difference', change: -unexplained, mayOwe: true },
      { kind: 'stock', lotId, itemId, place: 'loc_1', change: 100 + unexplained, mayOwe: false },
    ])
  },
  'recall/notify-party: a customer is told': inScope,
  'recall/notify-party: a customer without contacts must be called': inScope,
  'recall/notify-party: a customer who was told is not told again': async (example, world) => {
    await inScope(example, world)
    const { recallId, partnerId } = example.when
    await world.table.transact([
      stateWrite(Notice, noticeIdOf(recallId, partnerId), Notice.like({ recallId, partnerId })),
    ])
  },
}
