import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { BatchGetItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadAssembly } from '../../lib/local/template.ts'
import { synthesize } from './app/synth.ts'

const PORT = 21_100
const KILLS = 5
const folder = mkdtempSync(join(tmpdir(), 'lotline-kill-'))
const data = join(folder, 'data')
const out = join(folder, 'cdk.out')
const program = join(import.meta.dirname, '../../bin/local.ts')
const client = {
  endpoint: `http://127.0.0.1:${PORT + 1}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'any' },
  maxAttempts: 1,
}
const database = new DynamoDBClient(client)
const queues = new SQSClient(client)
const bus = new EventBridgeClient(client)
const machines = new SFNClient(client)
let outputs: Readonly<Record<string, string>>
let child: ChildProcess | undefined

const output = (name: string) => outputs[`fixture.Out${name}`]!
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts the local cloud as a process of its own; resolves when it says that it is ready. */
async function start(): Promise<ChildProcess> {
  const started = spawn(process.execPath, [program, '--port', String(PORT), '--data', data, '--out', out], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  started.stderr!.on('data', (text) => (said += text))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: started.stdout! }).on('line', (line) => {
      said += `${line}\n`
      if (line.startsWith('ready')) resolve()
    })
    started.once('exit', () => reject(new Error(said)))
  })
  return started
}

async function kill(victim: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => victim.once('exit', resolve))
  victim.kill('SIGKILL')
  await gone
}

/** Sends one thing after another until the local cloud is gone, and keeps what was acknowledged. */
async function sendAll(
  acknowledged: Set<string>,
  send: (name: string) => Promise<unknown>,
  prefix: string,
): Promise<void> {
  for (let n = 0; ; n++) {
    try {
      await send(`${prefix}#${n}`)
    } catch {
      // The kill: whether this one was taken is unknown, so it is not counted.
      return
    }
    acknowledged.add(`${prefix}#${n}`)
  }
}

const sendMessage = (pk: string) =>
  queues.send(new SendMessageCommand({ QueueUrl: output('Seen'), MessageBody: JSON.stringify({ pk }) }))
const putFact = (pk: string) =>
  database.send(new PutItemCommand({ TableName: output('Table'), Item: { pk: { S: `FACT#${pk}` } } }))
const putEvent = (pk: string) =>
  bus.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: output('Bus'),
          Source: 'test.facts',
          DetailType: 'FactWritten',
          Detail: JSON.stringify({ pk }),
        },
      ],
    }),
  )
const startExecution = (name: string) =>
  machines.send(
    new StartExecutionCommand({ stateMachineArn: output('Slow'), name: name.replace('#', '-'), input: '{"ms":50}' }),
  )

/** Names out of the list that no consumer has seen. */
async function unseen(names: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (let from = 0; from < names.length; from += 100) {
    const page = names.slice(from, from + 100)
    const Keys = page.map((name) => ({ pk: { S: `SEEN#${name}` } }))
    const { Responses } = await database.send(
      new BatchGetItemCommand({ RequestItems: { [output('Table')]: { Keys, ConsistentRead: true } } }),
    )
    const found = new Set(Responses![output('Table')]!.map((item) => item.pk!.S))
    missing.push(...page.filter((name) => !found.has(`SEEN#${name}`)))
  }
  return missing
}

async function open(names: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    names.map(async (name) => {
      const executionArn = `${output('Slow').replace(':stateMachine:', ':execution:')}:${name.replace('#', '-')}`
      const { status } = await machines.send(new DescribeExecutionCommand({ executionArn }))
      return status === 'SUCCEEDED' ? [] : [name]
    }),
  )
  return states.flat()
}

beforeAll(() => {
  synthesize(folder)
  outputs = loadAssembly(out, client.endpoint).outputs
})

afterAll(async () => {
  if (child) await kill(child)
  rmSync(folder, { recursive: true, force: true })
})

test('kill -9 loses nothing that was acknowledged, and open executions are run again', async () => {
  const messages = new Set<string>()
  const facts = new Set<string>()
  const events = new Set<string>()
  const executions = new Set<string>()
  for (let round = 0; round < KILLS; round++) {
    child = await start()
    const load = [
      sendAll(messages, sendMessage, `message-${round}`),
      sendAll(facts, putFact, `fact-${round}`),
      sendAll(events, putEvent, `event-${round}`),
      sendAll(executions, startExecution, `execution-${round}`),
    ]
    await pause(300 + round * 250)
    await kill(child)
    await Promise.all(load)
  }
  child = await start()
  const awaited = [...messages, ...events, ...[...facts].map((name) => `FACT#${name}`)]
  let missing = awaited
  let left = [...executions]
  for (const end = Date.now() + 150_000; Date.now() < end && missing.length + left.length > 0; await pause(500)) {
    missing = await unseen(missing)
    left = await open(left)
  }
  console.log(
    `${KILLS} kills: ${messages.size} messages, ${events.size} events, ${facts.size} facts, ${executions.size} executions acknowledged; ` +
      `${missing.length + left.length} lost`,
  )
  expect(missing).toEqual([])
  expect(left).toEqual([])
  for (const kind of [messages, facts, events, executions]) expect(kind.size).toBeGreaterThan(KILLS)
}, 240_000)

test('a second start on the same data is refused, and nothing is left running after a kill', async () => {
  child ??= await start()
  await expect(start()).rejects.toThrow(`a local cloud runs on ${data} already (process ${child.pid})`)
  await kill(child)
  child = undefined
  expect(readFileSync(join(data, 'lock'), 'utf8')).not.toBe('')
  const engines = () =>
    execFileSync('ps', ['-eo', 'args'])
      .toString()
      .split('\n')
      .filter((line) => line.includes(data))
  for (let tries = 0; tries < 40 && engines().length > 0; tries++) await pause(50)
  expect(engines()).toEqual([])
})
