import { App } from 'aws-cdk-lib'
import { expect, test } from 'vitest'
import { MachinesStack } from '../../lib/stacks/machines.ts'
import { Names } from '../../lib/stacks/names.ts'
import { contextOf, settingsOf } from '../../lib/stacks/settings.ts'
import { deployed, ofType, root } from './product-app.ts'

const context = contextOf(root)
const withContext = (changes: Record<string, unknown>) => settingsOf((name) => ({ ...context, ...changes })[name])

test('cdk.json is complete', () => {
  expect(withContext({})).toMatchObject({ name: 'lotline', stageName: 'v1', telemetryStore: 'timestream' })
})

test('numbers and flags may come from the command line as text', () => {
  expect(withContext({ throttleRate: '50', firewall: 'true' })).toMatchObject({ throttleRate: 50, firewall: true })
})

test.each([
  ['senderAddress', 'nobody'],
  ['throttleRate', '-1'],
  ['logRetentionDays', 100],
  ['telemetryStore', 'floppy'],
  ['name', 'Not A Name'],
])('a wrong %s is named', (name, value) => {
  expect(() => withContext({ [name]: value })).toThrow(name)
})

test('a region outside the residency list is refused', () => {
  expect(() => withContext({ region: 'us-east-1', allowedRegions: ['eu-central-1'] })).toThrow('eu-central-1')
})

test('a deployment can have another name, a region of its own and a firewall', async () => {
  const changes = { name: 'acme', region: 'eu-central-1', firewall: true, alarmAddress: 'qa@example.com' }
  const product = await deployed(changes, 'quality/hold-lot')
  expect([...product.templates.keys()].every((name) => name.startsWith('acme-'))).toBe(true)
  const names = ofType(product, 'AWS::Lambda::Function').map(({ properties }) => properties.FunctionName)
  expect(names).toEqual(['acme-quality-hold-lot'])
  expect(ofType(product, 'AWS::WAFv2::WebACLAssociation')).toHaveLength(1)
  expect(ofType(product, 'AWS::SNS::Subscription')).toHaveLength(1)
})

test('an account without Timestream keeps its series in DynamoDB, and nothing of Timestream is left', async () => {
  const product = await deployed({ telemetryStore: 'dynamodb' }, 'iot/ingest-telemetry')
  expect(JSON.stringify([...product.templates])).not.toMatch(/timestream/i)
  const [samples] = ofType(product, 'AWS::DynamoDB::Table').filter(({ stack }) => stack === 'lotline-series')
  expect(samples!.properties).toMatchObject({
    TableName: 'lotline-telemetry',
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    DeletionProtectionEnabled: true,
  })
  expect(samples!.properties.StreamSpecification).toBeUndefined()
  const [role] = ofType(product, 'AWS::IAM::Role').filter(({ stack }) => stack === 'lotline-iot')
  const rights = role!.properties.Policies[0].PolicyDocument.Statement
  const onSeries = rights.filter((each: any) => JSON.stringify(each.Resource).includes('table/lotline-telemetry'))
  expect(onSeries.map(({ Action }: any) => Action)).toEqual([['dynamodb:Query', 'dynamodb:UpdateItem']])
})

test('a function name that Lambda would refuse is refused here, with its file', () => {
  expect(() => new Names('lotline').function(`quality/${'long-'.repeat(12)}name`)).toThrow('lambdas/quality/long-')
})

test('a state machine that names no task is refused, with its file', () => {
  const made = () =>
    new MachinesStack(new App(), 'machines', {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder of a state machine.
      definitions: new Map([['recall', '{"Resource":"${recall/scoop-recall}"}']]),
      found: [],
      names: new Names('lotline'),
      settings: withContext({}),
    })
  expect(made).toThrow('state-machines/recall.asl.json runs recall/scoop-recall')
})
