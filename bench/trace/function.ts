// One function of the product in a process of its own, as Lambda would run it: the adapters, and a meter on their client.
// Forked by segments.ts, which sends it one piece of work at a time.
import { dynamo, tableName } from '../../lib/adapters/dynamo.ts'
import { closeTail } from '../../lib/adapters/epoch.ts'
import { freezer } from '../../lib/adapters/freezer.ts'
import { genealogy, genealogyOver } from '../../lib/adapters/genealogy.ts'
import { Sealer } from '../../lib/adapters/sealer.ts'
import { SealingStore } from '../../lib/adapters/sealing-store.ts'
import { nodesAtOnce } from '../../lib/genealogy/index.ts'
import type { Genealogy } from '../../lib/kit/index.ts'
import { timed } from './engine.ts'
import { Meter } from './meter.ts'
import type { Direction } from './truth.ts'
import { splitOneLot } from './written.ts'

export type Work =
  | { readonly do: 'reach' | 'reach anew'; readonly node: string; readonly direction: Direction }
  /** The whole answer, with grades and ways, and its first page. */
  | { readonly do: 'trace' | 'trace anew'; readonly node: string; readonly direction: Direction }
  /** Gives two numbers: items of the transaction, and those that its edge adds. */
  | { readonly do: 'split a lot'; readonly end: number }
  | { readonly do: 'seal' }
  | { readonly do: 'freeze'; readonly recallId: string; readonly numbers: Uint32Array }

const meter = new Meter(dynamo)
const sealer = new Sealer(new SealingStore(dynamo, tableName), closeTail)

async function perform(work: Work): Promise<Uint32Array> {
  switch (work.do) {
    case 'reach':
      return (await genealogy.reach({ seeds: [{ node: work.node }], direction: work.direction })).numbers
    case 'reach anew':
      return (await genealogyOver(dynamo, tableName).reach({ seeds: [{ node: work.node }], direction: work.direction }))
        .numbers
    case 'trace':
      return traced(work, genealogy)
    case 'trace anew':
      return traced(work, genealogyOver(dynamo, tableName))
    case 'split a lot': {
      const { items, forEdges } = await splitOneLot(work.end)
      return Uint32Array.of(items, forEdges)
    }
    case 'seal':
      if (await sealer.seal(Date.now())) return new Uint32Array()
      throw new Error('another seal is under way')
    case 'freeze':
      await freezer.freeze(work.recallId, work.numbers)
      return new Uint32Array()
  }
}

async function traced({ node, direction }: { node: string; direction: Direction }, { trace }: Genealogy) {
  const answer = await trace({ seeds: [{ node }], direction })
  if (answer.page(undefined, nodesAtOnce).items.length === 0) throw new Error('the whole answer has no page')
  return answer.numbers
}

process.on('message', async (work: Work) => {
  meter.reset()
  const took = await timed(() => perform(work))
  const writeUnits = await meter.writeUnits()
  process.send!({ ...took, ...meter.reads(), writeUnits, peakMb: process.resourceUsage().maxRSS / 1024 })
})
process.send!('ready')
