import { timestreamRefusal } from '../lib/preflight.ts'
import { contextOf } from '../lib/stacks/settings.ts'

// Asks the account what only it can say, before a deployment fails half way.
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { telemetryStore, region } = contextOf(root)
const refusal = telemetryStore === 'timestream' ? await timestreamRefusal(String(region ?? '')) : undefined
if (refusal) {
  console.error(refusal)
  process.exit(1)
}
