import type { SQSEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import { handler as noteStay } from '../../lambdas/warehouse/note-stay.ts'
import { Item } from '../../lib/domain/item.ts'
import { Stay } from '../../lib/domain/stay.ts'
import { serve } from '../../lib/kit/serve.ts'
import { MemoryTable } from './memory.ts'

const [lotId, itemId] = ['lot_00000000000000000000000001', Item.sample()]
const places = ['loc_00000000000000000000000001', 'loc_00000000000000000000000002']

const fact = (n: number, quantity: unknown) => ({
  ...{ type: 'LotMoved', at: `2026-03-02T0${n}:00:00.000Z`, hash: `${n}`.repeat(16) },
  data: { lotId, itemId, quantity, unit: 'each', from: places[0], to: places[1] },
})

const eventOf = (facts: readonly unknown[]) =>
  ({ Records: facts.map((detail, n) => ({ messageId: `m-${n}`, body: JSON.stringify({ detail }) })) }) as SQSEvent

test('facts that gathered are handled together, and one that can never be handled alone', async () => {
  const table = new MemoryTable()
  table.given(Item, { ...Item.like({ storage: { minC: 2, maxC: 8 } }), id: itemId })
  const handle = serve(noteStay, { name: 'warehouse/note-stay', table, ports: {} })
  const facts = [fact(1, 5), fact(2, 7), fact(3, 'many'), fact(4, 11)]
  const answer = await handle(eventOf(facts))
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-2' }] })
  // What comes again is known.
  await handle(eventOf([facts[0]!, facts[3]!]))
  const isState = (key: string) => key.startsWith(`${Stay.key}#`) && !key.includes('/')
  const stays = [...table.items].filter(([key]) => isState(key)).map(([, { data }]) => data)
  const noted = stays.map(({ place, changes }) => [place, changes.map(({ change }: any) => change)])
  expect(noted).toEqual([
    [places[0], [-5, -7, -11]],
    [places[1], [5, 7, 11]],
  ])
})
