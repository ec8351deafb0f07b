import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invokeFunction } from '../../lib/local/lambda.ts'
import { LambdaPool } from '../../lib/local/lambda-pool.ts'
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts'
import { synthesize } from './app/synth.ts'

const PORT = 21_000
const folder = mkdtempSync(join(tmpdir(), 'lotline-compute-'))
const lines: string[] = []
const client = {
  endpoint: `http://127.0.0.1:${PORT + 1}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'any' },
}
const database = new DynamoDBClient(client)
const queues = new SQSClient(client)
const machines = new SFNClient(client)
const bus = new EventBridgeClient(client)
let cloud: LocalCloud
const output = (name: string) => cloud.outputs[`fixture.Out${name}`]!

beforeAll(async () => {
  synthesize(folder)
  const out = join(folder, 'cdk.out')
  cloud = await startLocalCloud({ port: PORT, data: join(folder, 'data'), out, log: (line) => lines.push(line) })
}, 60_000)

afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not happen in ${timeoutMs} ms; log:\n${lines.slice(-20).join('\n')}`)
}

const put = (pk: string) => database.send(new PutItemCommand({ TableName: output('Table'), Item: { pk: { S: pk } } }))

async function seen(pk: string): Promise<number | undefined> {
  const Key = { pk: { S: `SEEN#${pk}` } }
  const { Item } = await database.send(new GetItemCommand({ TableName: output('Table'), Key, ConsistentRead: true }))
  return Item ? Number(Item.n!.N) : undefined
}

/** Takes messages off a queue until one has what is wanted. */
function message(QueueUrl: string, wanted: (body: any) => boolean): Promise<any> {
  return until(`a message in ${QueueUrl}`, async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
    const { Messages = [] } = await queues.send(receive)
    for (const { ReceiptHandle } of Messages) await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    return Messages.map(({ Body }) => JSON.parse(Body!)).find(wanted)
  })
}

function ended(executionArn: string) {
  return until('the end of the execution', async () => {
    const description = await machines.send(new DescribeExecutionCommand({ executionArn }))
    return description.status === 'RUNNING' ? undefined : description
  })
}

describe('functions', () => {
  test('run from their bundle with their own environment', async () => {
    expect(await invokeFunction('fixture-double', { n: 21 })).toEqual({ n: 42, name: 'fixture-double' })
    const environment = { table: output('Table'), functionName: 'fixture-environment', region: 'eu-central-1' }
    expect(await invokeFunction('fixture-environment', {})).toEqual(environment)
  })

  test('the last of its layers that has a file gives it', async () => {
    expect(await invokeFunction('fixture-layered', {})).toEqual(['first', 'third'])
  })

  test('inline code is CommonJS', async () => {
    expect(await invokeFunction(output('Inline'), { a: 1 })).toEqual({ inline: { a: 1 }, file: 'index.js' })
  })

  test('an error keeps type, message and trace, and the log has what was printed', async () => {
    const trace = expect.arrayContaining([expect.stringContaining('no such lot')])
    const failure = invokeFunction('fixture-boom', { message: 'no such lot' })
    await expect(failure).rejects.toMatchObject({ errorType: 'lot-unknown', errorMessage: 'no such lot', trace })
    const path = join(folder, 'data', 'lambda', 'logs', 'fixture-boom.log')
    await until(
      'the log line',
      async () => (existsSync(path) && readFileSync(path, 'utf8').includes('about to fail')) || undefined,
    )
  })

  test.each(['cold', 'warm'])(
    'a function that never yields is ended by its timeout, %s, and others go on',
    async (it) => {
      if (it === 'warm') await invokeFunction('fixture-spin', { rest: true })
      const spinning = expect(invokeFunction('fixture-spin', {})).rejects.toMatchObject({
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
      })
      const doubled = await Promise.all([1, 2, 3].map((n) => invokeFunction('fixture-double', { n })))
      expect(doubled.map((each: any) => each.n)).toEqual([2, 4, 6])
      await spinning
    },
  )

  test('each instance runs one invocation at a time, many at once in all', async () => {
    let together: unknown[] = []
    // Another worker needs its time to start; on a busy machine one may have done all before.
    for (let rounds = 0; together.length < 2 && rounds < 8; rounds += 1) {
      const sleeps = Array.from({ length: 8 }, () => invokeFunction('fixture-sleep', { ms: 300 })) as Promise<any>[]
      const slept = await Promise.all(sleeps)
      expect(slept.map((each) => each.inThisInstance)).toEqual(slept.map(() => 1))
      together = slept.filter((one) =>
        slept.some((other) => other !== one && other.from < one.to && one.from < other.to),
      )
    }
    expect(together.length).toBeGreaterThan(1)
  })

  test('busy functions do not keep the workers from one that is cold', async () => {
    const code = join(folder, 'crowd')
    mkdirSync(code)
    writeFileSync(join(code, 'index.mjs'), 'export const handler = (ms) => new Promise((end) => setTimeout(end, ms))')
    const principal = { name: '', arn: '', statements: [] }
    const settings = { arn: '', handler: 'index.handler', environment: {}, memoryMb: 128, timeoutMs: 9000 }
    const hosted = { ...settings, folder: code, layers: [], principal }
    const functions = new Map(['busy', 'cold'].map((name) => [name, { ...hosted, name }]))
    const pool = new LambdaPool(functions, { compileCache: join(folder, 'crowd-cache') }, () => {})
    // More callers than there can be workers: whenever one is free, somebody waits who has the bundle there.
    const [callers, crowded, limit] = [40, 300, 3000]
    let done = 0
    let answered = false
    let enough = () => {}
    const full = new Promise<void>((resolve) => {
      enough = resolve
    })
    const crowd = Array.from({ length: callers }, async () => {
      while (!answered && done < limit) {
        await pool.run('busy', '5')
        if (++done === crowded) enough()
      }
    })
    await full
    await pool.run('cold', '0')
    answered = true
    expect(done).toBeLessThan(limit)
    await Promise.all(crowd)
    await pool.stop()
  })

  test('what a function left unfinished does not speak in the name of the next', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(String(request.headers.name))
      setTimeout(() => response.end(), 30)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    const code = join(folder, 'leaving')
    mkdirSync(code)
    // Three calls, one after another, as the function is named then; only the first one is begun before it answers.
    writeFileSync(
      join(code, 'index.mjs'),
      `import http from 'node:http'
      const call = () => new Promise((end) =>
        http.request({ host: '127.0.0.1', port: ${port}, headers: { name: process.env.NAME } }, (response) => response.resume().on('end', end)).end())
      export const handler = async (leaves) => {
        const turn = () => new Promise((next) => setImmediate(next))
        const calls = (async () => { for (let n = 0; n < 3; n++) await call().then(turn) })()
        if (!leaves) await calls
        return process.env.NAME
      }`,
    )
    const principal = { name: '', arn: '', statements: [] }
    const settings = { arn: '', handler: 'index.handler', memoryMb: 128, timeoutMs: 9000, layers: [], principal }
    const functions = new Map(
      ['first', 'next'].map((NAME) => [NAME, { ...settings, folder: code, name: NAME, environment: { NAME } }]),
    )
    const dynamodb = { engine: { host: '127.0.0.1', port: 1 }, file: undefined, tables: new Map() }
    const lane = { port: 1, dynamodb, faults: new Int32Array(new SharedArrayBuffer(4)) }
    const pool = new LambdaPool(functions, { compileCache: join(folder, 'leaving-cache'), lane }, () => {})
    // Both know both functions, so that either takes whatever comes.
    for (const name of ['first', 'next']) await Promise.all([1, 2].map(() => pool.run(name, 'false')))
    asked.length = 0
    const rounds = 5
    for (let round = 0; round < rounds; round++)
      expect([await pool.run('first', 'true'), await pool.run('next', 'false')]).toEqual(['"first"', '"next"'])
    expect(asked.toSorted()).toEqual(Array.from({ length: 6 * rounds }, (_, n) => (n < 3 * rounds ? 'first' : 'next')))
    await pool.stop()
    server.close()
  })

  test('an answer that a function leaves unread holds up no other for long', async () => {
    const server = createServer((_, response) => void response.end('unread'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    const code = join(folder, 'unread')
    mkdirSync(code)
    writeFileSync(
      join(code, 'index.mjs'),
      `import http from 'node:http'
      export const handler = () => new Promise((end) => http.request({ host: '127.0.0.1', port: ${port} }, () => end('asked')).end())`,
    )
    const principal = { name: '', arn: '', statements: [] }
    const settings = { arn: '', handler: 'index.handler', environment: {}, memoryMb: 128, timeoutMs: 4000, layers: [] }
    const functions = new Map([['asks', { ...settings, folder: code, name: 'asks', principal }]])
    const dynamodb = { engine: { host: '127.0.0.1', port: 1 }, file: undefined, tables: new Map() }
    const lane = { port: 1, dynamodb, faults: new Int32Array(new SharedArrayBuffer(4)) }
    const pool = new LambdaPool(functions, { compileCache: join(folder, 'unread-cache'), lane }, () => {})
    for (let round = 0; round < 3; round++) expect(await pool.run('asks', 'null')).toBe('"asked"')
    await pool.stop()
    server.closeAllConnections()
    server.close()
  })

  test('an event over 6 MB is refused', async () => {
    const event = { message: 'x'.repeat(6 * 1024 * 1024) }
    await expect(invokeFunction('fixture-double', event)).rejects.toThrow('exceeds 6291456 bytes')
  })
})

describe('policies', () => {
  test('what a role allows works: a transaction, a read', async () => {
    expect(await invokeFunction('fixture-transact', { pk: 'TX#1' })).toBe('1')
  })

  test('a failed condition reaches the function with its reasons', async () => {
    const failure = invokeFunction('fixture-transact', { pk: 'TX#1' })
    await expect(failure).rejects.toMatchObject({
      errorType: 'TransactionCanceledException',
      errorMessage: expect.stringContaining('[ConditionalCheckFailed, None]'),
    })
  })

  test('leading keys decide, in keys and in queries', async () => {
    expect(await invokeFunction('fixture-trespass', { pk: 'OWN#1' })).toEqual({ allowed: true })
    expect(await invokeFunction('fixture-trespass', { pk: 'OWN#1', query: true })).toEqual({ allowed: true })
    expect(await invokeFunction('fixture-trespass', { pk: 'OTHER#1', query: true })).toMatchObject({ allowed: false })
    const { name, message } = (await invokeFunction('fixture-trespass', { pk: 'OTHER#1' })) as any
    expect(name).toBe('AccessDeniedException')
    expect(message).toMatch(
      /User: arn:aws:sts::000000000000:assumed-role\/.+\/fixture-trespass is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:.+ because no identity-based policy allows/,
    )
  })

  test('an explicit deny wins', async () => {
    const { message } = (await invokeFunction('fixture-trespass', { pk: 'OWN#locked' })) as any
    expect(message).toContain('with an explicit deny in an identity-based policy')
  })

  test('an unknown access key is nobody', async () => {
    const stranger = new DynamoDBClient({
      ...client,
      credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'any' },
    })
    const command = new GetItemCommand({ TableName: output('Table'), Key: { pk: { S: 'a' } } })
    await expect(stranger.send(command)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  })
})

describe('items put at the same time', () => {
  const item = (n: number, attempt: string, more: object = {}) =>
    database
      .send(
        new PutItemCommand({
          TableName: output('Table'),
          Item: { pk: { S: `LOT#together-${n}` }, by: { S: attempt } },
          ...more,
        }),
      )
      .then(
        () => 'put',
        (error: Error) => error.name,
      )
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' }

  test('each get their own answer, also where one of them fails', async () => {
    const all = [1, 2, 3, 4, 5, 6]
    expect(await Promise.all(all.map((n) => item(n, 'first', isNew)))).toEqual(all.map(() => 'put'))
    const again = [7, 3, 8, 9].map((n) => item(n, 'again', isNew))
    expect(await Promise.all(again)).toEqual(['put', 'ConditionalCheckFailedException', 'put', 'put'])
  })

  test('may be the same item: one of them is new', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map((n) => item(10, `${n}`, isNew)))
    expect(answers.filter((one) => one === 'put')).toHaveLength(1)
  })
})

describe('from the stream over the bus to the queue', () => {
  test('every fact arrives, at least once', async () => {
    const keys = Array.from({ length: 60 }, (_, n) => `FACT#${n}`)
    await Promise.all(keys.map(put))
    for (const key of keys) expect(await until(key, () => seen(key))).toBeGreaterThanOrEqual(1)
  })

  test('what no filter lets through does not', async () => {
    await put('NOTE#1')
    await put('FACT#last')
    await until('the later fact', () => seen('FACT#last'))
    expect(await seen('NOTE#1')).toBeUndefined()
  })

  test('a poison record is bisected out, told to the failure destination, and the rest goes on', async () => {
    await Promise.all(['FACT#before', 'FACT#poison', 'FACT#after'].map(put))
    await until('the records around it', () => seen('FACT#after'))
    expect(await until('the record before it', () => seen('FACT#before'))).toBeGreaterThanOrEqual(1)
    const told = await message(output('Lost'), (body) => body.DDBStreamBatchInfo !== undefined)
    expect(told.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 })
    expect(told.DDBStreamBatchInfo.batchSize).toBe(1)
  })

  test('a message that is refused twice lands in the dead-letter queue, alone', async () => {
    await put('FACT#refused')
    expect(await message(output('Refused'), (body) => body.pk === 'FACT#refused')).toEqual({
      pk: 'FACT#refused',
      from: 'rule',
    })
    expect(await seen('FACT#refused')).toBeUndefined()
  })

  test('an asynchronous invocation is retried, then told to the failure destination', async () => {
    const Detail = JSON.stringify({ message: 'alarm' })
    const Entries = [{ EventBusName: output('Bus'), Source: 'test.alarm', DetailType: 'Alarm', Detail }]
    expect((await bus.send(new PutEventsCommand({ Entries }))).FailedEntryCount).toBe(0)
    const told = await message(output('Failed'), (body) => body.requestPayload?.source === 'test.alarm')
    expect(told.requestContext).toMatchObject({ condition: 'RetriesExhausted', approximateInvokeCount: 2 })
    expect(told.responsePayload).toMatchObject({ errorType: 'lot-unknown' })
  })

  test('entries that are wrong are told one by one', async () => {
    const good = { EventBusName: output('Bus'), Source: 'a', DetailType: 'b', Detail: '{}' }
    const answer = await bus.send(new PutEventsCommand({ Entries: [good, { ...good, Detail: '[]' }] }))
    expect(answer.FailedEntryCount).toBe(1)
    expect(answer.Entries).toEqual([
      { EventId: expect.any(String) },
      expect.objectContaining({ ErrorCode: 'MalformedDetail' }),
    ])
  })

  test('queue attributes count what waits', async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl: output('Seen'), AttributeNames: ['All'] })
    expect((await queues.send(command)).Attributes).toMatchObject({
      QueueArn: expect.stringContaining(':sqs:'),
      VisibilityTimeout: '2',
    })
  })
})

describe('state machines', () => {
  test('distributed map, retry and catch on the functions own error names', async () => {
    const input = JSON.stringify({ items: [{ n: 1 }, { n: 2 }, { n: 3 }], flaky: { key: 'run-1', times: 2 } })
    const start = new StartExecutionCommand({ stateMachineArn: output('FanOut'), name: 'run-1', input })
    const { executionArn } = await machines.send(start)
    const description = await ended(executionArn!)
    expect(description.status, description.cause).toBe('SUCCEEDED')
    expect(JSON.parse(description.output!)).toMatchObject({
      doubled: [2, 4, 6],
      tries: 2,
      error: 'lot-unknown',
      cause: { errorType: 'lot-unknown', errorMessage: 'no such lot' },
      execution: 'run-1',
    })
    const { events } = await machines.send(new GetExecutionHistoryCommand({ executionArn }))
    expect(events!.map((event) => event.type)).toEqual(expect.arrayContaining(['MapStateEntered', 'PassStateExited']))
  })

  test('a name is taken once it has run; while it runs, the same input joins it', async () => {
    const start = (input: string) =>
      machines.send(new StartExecutionCommand({ stateMachineArn: output('Slow'), name: 'once', input }))
    const [first, second] = [await start('{"ms":400}'), await start('{"ms":400}')]
    expect(second.executionArn).toBe(first.executionArn)
    await expect(start('{"ms":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
    expect((await ended(first.executionArn!)).status).toBe('SUCCEEDED')
    await expect(start('{"ms":400}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
    const list = await machines.send(new ListExecutionsCommand({ stateMachineArn: output('Slow') }))
    expect(list.executions!.map((each) => each.name)).toContain('once')
  })

  test('a machine may only invoke what its role allows', async () => {
    const start = new StartExecutionCommand({ stateMachineArn: output('Unallowed'), input: '{"n":1}' })
    const { executionArn } = await machines.send(start)
    expect(await ended(executionArn!)).toMatchObject({ status: 'FAILED', error: 'AccessDeniedException' })
  })
})

test('mail, text messages, queue and machine from inside a function', async () => {
  const event = { to: 'clinic@example.org', queue: output('Seen'), machine: output('Slow') }
  const sent = (await invokeFunction('fixture-outward', event)) as any
  expect(sent.same).toBe(true)
  expect((await ended(sent.execution)).status).toBe('SUCCEEDED')
  expect(await until('the message', () => seen('MAIL#clinic@example.org'))).toBeGreaterThanOrEqual(1)
  const outbox: any = await (await fetch(`${cloud.url}/_local/outbox.json`)).json()
  expect(outbox).toEqual([
    expect.objectContaining({
      id: sent.mail,
      kind: 'email',
      to: ['clinic@example.org'],
      subject: 'Urgent: recall <1>',
    }),
    expect.objectContaining({ id: sent.sms, kind: 'sms', to: ['+4912345'], text: 'Stop & call' }),
  ])
  const page = await (await fetch(`${cloud.url}/_local/outbox`)).text()
  expect(page).toContain('Urgent: recall &#60;1&#62;')
})

test('objects: put, get, list, and what is not there', async () => {
  const bucket = cloud.outputs['fixture-data.OutDocuments']
  const authorization =
    'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0'
  const call = (method: string, path: string, body?: string) =>
    fetch(`${client.endpoint}/${bucket}${path}`, { method, headers: { authorization }, ...(body && { body }) })
  for (const key of ['a/..', 'a/b c', 'z'])
    expect((await call('PUT', `/${encodeURIComponent(key)}`, key)).status).toBe(200)
  expect(await (await call('GET', '/a%2Fb%20c')).text()).toBe('a/b c')
  const list = await (await call('GET', '?list-type=2&prefix=a/')).text()
  expect([...list.matchAll(/<Key>(.*?)<\/Key>/g)].map((each) => each[1])).toEqual(['a/..', 'a/b c'])
  expect(await (await call('GET', '/none')).text()).toContain('<Code>NoSuchKey</Code>')
})

test('an engine that dies is told, and calls fail instead of hanging', async () => {
  const pid = execFileSync('ps', ['-eo', 'pid,comm,args'])
    .toString()
    .split('\n')
    .find((line) => /^\s*\d+ dynoxide/.test(line) && line.includes(folder))
  process.kill(Number.parseInt(pid!, 10), 'SIGKILL')
  await until('the log line', async () => lines.find((line) => line.includes('the DynamoDB engine ended')))
  await expect(invokeFunction('fixture-put', { pk: 'after' })).rejects.toMatchObject({ errorType: expect.any(String) })
})
