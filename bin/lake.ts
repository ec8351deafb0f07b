import { parseArgs } from 'node:util'
import { takeAccess } from '../lib/access.ts'
import { askLake } from '../lib/lake.ts'
import { contextOf } from '../lib/stacks/settings.ts'

// npm run lake -- "select device_id, count(*) from samples where day >= '2026-03-01' group by 1"
// npm run lake -- --local 4600 "select ..."   in the local cloud on this port
// npm run lake -- --json "select ..."         one JSON array a line instead of tabs
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { local: { type: 'string' }, json: { type: 'boolean', default: false } },
})
const [sql, ...more] = positionals
if (!sql || more.length > 0) {
  console.error('Give one question in quotes, e.g. npm run lake -- "select count(*) from samples"')
  process.exit(2)
}
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { name, region } = contextOf(root)
if (region) process.env.AWS_REGION ??= String(region)
await takeAccess(values.local)
const lake = { workGroup: `${name}-lake`, database: `${name}_lake`.replaceAll('-', '_') }
try {
  const { columns, rows } = await askLake(lake, sql)
  for (const row of [columns, ...rows]) console.log(values.json ? JSON.stringify(row) : row.join('\t'))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
