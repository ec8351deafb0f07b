import { parseArgs } from 'node:util'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { rebuildGenealogy } from '../lib/adapters/sealer.ts'
import { verifyGenealogy } from '../lib/verify.ts'

// npm run genealogy:verify                        the table named in TABLE_NAME
// npm run genealogy:verify -- --local 4600        the table of the local cloud on this port
// npm run genealogy:verify -- --rebuild           makes all segments anew from the edge log before
const { values } = parseArgs({ options: { local: { type: 'string' }, rebuild: { type: 'boolean', default: false } } })
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
if (values.local) {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${Number(values.local) + 1}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'any',
  })
  const { TableNames = [] } = await new DynamoDBClient({}).send(new ListTablesCommand({}))
  process.env.TABLE_NAME ??= TableNames[0]
} else {
  // Adapters take what Lambda gives, from the environment; a person may have it in a profile.
  const { config } = new DynamoDBClient({})
  const [credentials, AWS_REGION] = await Promise.all([config.credentials(), config.region()])
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken } = credentials
  Object.assign(process.env, { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })
  if (sessionToken) process.env.AWS_SESSION_TOKEN = sessionToken
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
