import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../lib/local/start.ts'
import { loadAssembly } from '../../lib/local/template.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lotline-template-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes an assembly of stacks; each one depends on those before it. */
function assembly(stacks: Record<string, object>): string {
  const names = Object.keys(stacks)
  const artifacts = Object.fromEntries(
    names.map((name, index) => {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(stacks[name]))
      const properties = { templateFile: `${name}.json`, stackName: name }
      const environment = 'aws://unknown-account/unknown-region'
      return [name, { type: 'aws:cloudformation:stack', environment, properties, dependencies: names.slice(0, index) }]
    }),
  )
  // The last one first: the order of the file is not the order of the dependencies.
  const reversed = Object.fromEntries(Object.entries(artifacts).reverse())
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: reversed }))
  return folder
}

const load = (stacks: Record<string, object>) => loadAssembly(assembly(stacks), 'http://127.0.0.1:4601')
const probe = (value: unknown, rest: object = {}) => {
  const Resources = { Probe: { Type: 'AWS::SSM::Parameter', Properties: { Value: value } }, ...(rest as any).Resources }
  return load({ one: { ...rest, Resources } }).resources.find((each) => each.logicalId === 'Probe')!.properties.Value
}

describe('intrinsic functions', () => {
  const queue = { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbox' } } }
  const rows: [string, unknown, unknown][] = [
    ['Ref of a queue is its URL', { Ref: 'Queue' }, 'http://127.0.0.1:4601/000000000000/inbox'],
    ['GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:inbox'],
    ['GetAtt as text', { 'Fn::GetAtt': 'Queue.QueueName' }, 'inbox'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] }, 'a-eu-central-1'],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    ['Sub', { 'Fn::Sub': '${!Keep}/${AWS::AccountId}/${Queue.QueueName}' }, '${Keep}/000000000000/inbox'],
    ['Sub with variables', { 'Fn::Sub': ['${X}${Y}', { X: 'x', Y: { Ref: 'Word' } }] }, 'xword'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['If', { 'Fn::If': ['Never', 'yes', 'no'] }, 'no'],
    ['If without a value', { a: { 'Fn::If': ['Never', 'yes', { Ref: 'AWS::NoValue' }] }, b: 1 }, { b: 1 }],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Word' }, 'n'] }, 3],
    ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    [
      'a policy condition is data',
      { Condition: { StringEquals: { a: 'b' } } },
      { Condition: { StringEquals: { a: 'b' } } },
    ],
  ]
  test.each(rows)('%s', (_, value, expected) => {
    const rest = {
      Resources: queue,
      Parameters: { Word: { Type: 'String', Default: 'word' } },
      Mappings: { Sizes: { word: { n: 3 } } },
      Conditions: { Always: { 'Fn::Equals': ['a', 'a'] }, Never: { 'Fn::Not': [{ Condition: 'Always' }] } },
    }
    expect(probe(value, rest)).toEqual(expected)
  })

  test('an unknown function, attribute or name is named, with the resource that uses it', () => {
    expect(() => probe({ 'Fn::Cidr': [] })).toThrow('one/Probe: Fn::Cidr is not an intrinsic function')
    expect(() => probe({ 'Fn::GetAtt': ['Queue', 'Colour'] }, { Resources: queue })).toThrow(
      'does not know its attribute Colour',
    )
    expect(() => probe({ Ref: 'Nobody' })).toThrow('one refers to Nobody, which it does not declare')
  })

  test('exports reach later stacks, and a resource whose condition is false is not there', () => {
    const { resources, outputs } = load({
      one: {
        Conditions: { No: { 'Fn::Equals': ['a', 'b'] } },
        Resources: { ...queue, Gone: { Type: 'AWS::SQS::Queue', Condition: 'No' } },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: 'one:Arn' } } },
      },
      two: {
        Resources: { Probe: { Type: 'AWS::SSM::Parameter', Properties: { Value: { 'Fn::ImportValue': 'one:Arn' } } } },
      },
    })
    expect(resources.map((each) => each.logicalId)).toEqual(['Queue', 'Probe'])
    expect(resources[1]!.properties.Value).toBe('arn:aws:sqs:eu-central-1:000000000000:inbox')
    expect(outputs).toEqual({ 'one.Arn': 'arn:aws:sqs:eu-central-1:000000000000:inbox' })
  })
})

describe('what is not implemented stops the start with its name', () => {
  const start = (Resources: object) =>
    startLocalCloud({ out: assembly({ one: { Resources } }), data: join(folder, 'data'), port: 21_200 })

  test('a type', async () => {
    const failure = start({ Book: { Type: 'AWS::QLDB::Ledger', Properties: {} } })
    await expect(failure).rejects.toThrow('the local cloud does not implement: AWS::QLDB::Ledger (one/Book)')
  })

  test('a property, and the data folder is free again', async () => {
    const failure = start({ Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } } })
    await expect(failure).rejects.toThrow(
      'AWS::SQS::Queue one/Queue uses FifoQueue, which the local cloud does not implement',
    )
    const cloud = await start({})
    await cloud.stop()
  })

  test('a port that somebody else has, by its number', async () => {
    const other = createServer().listen(21_201, '127.0.0.1')
    await once(other, 'listening')
    await expect(start({})).rejects.toThrow('port 21201 is taken: choose another --port')
    other.close()
  })

  test('a missing app', async () => {
    mkdirSync(join(folder, 'empty'))
    const failure = startLocalCloud({ out: join(folder, 'empty'), data: join(folder, 'data'), port: 21_200 })
    await expect(failure).rejects.toThrow('synthesize the app first')
  })
})
