import { parseArgs } from 'node:util'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { takeAccess } from '../lib/access.ts'
import { rebuildGenealogy } from '../lib/adapters/sealer.ts'
import { verifyGenealogy } from '../lib/verify.ts'

// npm run genealogy:verify                        the table named in TABLE_NAME
// npm run genealogy:verify -- --local 4600        the table of the local cloud on this port
// npm run genealogy:verify -- --rebuild           makes all segments anew from the edge log before
const { values } = parseArgs({ options: { local: { type: 'string' }, rebuild: { type: 'boolean', default: false } } })
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
await takeAccess(values.local)
if (values.local) {
  const { TableNames = [] } = await new DynamoDBClient({}).send(new ListTablesCommand({}))
  process.env.TABLE_NAME ??= TableNames[0]
}

if (values.rebuild && !(await rebuildGenealogy()))
  throw new Error('A seal is under way, so nothing was rebuilt. Try again in five minutes.')
const { findings, facts, edges, pieces } = await verifyGenealogy(root)
for (const { name, about } of findings) console.log(`${name}: ${about}`)
console.log(
  findings.length === 0
    ? `The genealogy holds: ${edges} edges of ${facts} facts are in the edge log and in ${pieces} stored pieces, bit by bit.`
    : `${findings.length} findings in ${edges} edges of ${facts} facts.`,
)
if (findings.length > 0) process.exitCode = 1
