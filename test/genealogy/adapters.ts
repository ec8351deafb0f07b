/** The product's own adapters, to be imported once the table's address is in the environment. */
export { dynamo, tableName } from '../../lib/adapters/dynamo.ts'
export { closeEpoch, closeTail, readEpoch, readFence } from '../../lib/adapters/epoch.ts'
export { genealogyOver } from '../../lib/adapters/genealogy.ts'
export { type Client, latePlace, segmentPlace } from '../../lib/adapters/genealogy-store.ts'
export { Sealer } from '../../lib/adapters/sealer.ts'
export { SealingStore } from '../../lib/adapters/sealing-store.ts'
export { table } from '../../lib/adapters/table.ts'
