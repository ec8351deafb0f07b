import type { LedgerFact } from '#kit/ledger'
import type { Ports } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

/** PutEvents takes this many entries, */
const entryLimit = 10
/** and this many bytes of them; a little below its 256 KiB, which also count the names. */
const byteLimit = 240 * 1024
const attempts = 4
const firstWait = 100

const service = { name: 'events', target: 'AWSEvents', version: '1.1' } as const

/** EventBridge: what it refuses is offered again, and then named in the error; what it took may come twice. */
export const bus: Ports['bus'] = {
  async publish(facts) {
    for (const batch of batchesOf(facts)) await publishBatch(batch)
  },
}

const entryOf = (fact: LedgerFact) => ({
  EventBusName: setting('BUS_NAME'),
  Source: `lotline.${fact.area}`,
  DetailType: fact.type,
  // Seconds, as this service's protocol has times.
  Time: Date.parse(fact.at) / 1000,
  Detail: JSON.stringify(fact),
})

function batchesOf(facts: readonly LedgerFact[]): LedgerFact[][] {
  const batches: LedgerFact[][] = []
  let bytes = 0
  for (const fact of facts) {
    const size = Buffer.byteLength(JSON.stringify(fact))
    const batch = batches.at(-1)
    if (!batch || batch.length === entryLimit || bytes + size > byteLimit) {
      batches.push([fact])
      bytes = size
    } else {
      batch.push(fact)
      bytes += size
    }
  }
  return batches
}

async function publishBatch(batch: readonly LedgerFact[]): Promise<void> {
  let left = batch
  for (let attempt = 1; ; attempt += 1) {
    const { Entries = [] } = await call(service, 'PutEvents', { Entries: left.map(entryOf) })
    const refused = left.flatMap((fact, index) => {
      const { ErrorCode, ErrorMessage } = Entries[index] ?? {}
      return ErrorCode ? [{ fact, why: `${ErrorCode} ${ErrorMessage ?? ''}`.trim() }] : []
    })
    if (refused.length === 0) return
    if (attempt === attempts) {
      const names = refused.map(({ fact, why }) => `${fact.type} ${fact.entityId} #${fact.version} (${why})`)
      throw new Error(`The bus refused ${names.join(', ')} ${attempts} times. The stream will offer them again.`)
    }
    await new Promise((resolve) => setTimeout(resolve, firstWait * 2 ** attempt))
    left = refused.map(({ fact }) => fact)
  }
}
