import { expect, test } from 'vitest'
import { timestreamRefusal } from '../../lib/preflight.ts'
import { stubAws } from './wire.ts'

const aws = await stubAws()

test('an account that has Timestream may deploy', async () => {
  aws.reply = () => ({ body: { Endpoints: [{ Address: 'ingest.example', CachePeriodInMinutes: 1440 }] } })
  expect(await timestreamRefusal('eu-central-1')).toBeUndefined()
  expect(aws.seen.map(({ operation }) => operation)).toEqual(['DescribeEndpoints'])
})

test('an account without it is told in one line why, where, and how to switch', async () => {
  const message = 'Only existing Timestream for LiveAnalytics customers can access the service.'
  aws.reply = () => ({ status: 403, error: 'AccessDeniedException', body: { message } })
  const line = await timestreamRefusal('eu-west-1')
  expect(line).toContain('eu-west-1')
  expect(line).toContain(message)
  expect(line).toContain('set "telemetryStore": "dynamodb" in cdk.json')
  expect(line).not.toContain('\n')
})
