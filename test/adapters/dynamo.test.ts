import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient, GetItemCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Dynamo } from '#adapters/dynamo'
import { signed } from '#adapters/signature'

/** What DynamoDB does with the next calls, one after another. */
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = []
let bodies: any[] = []
let dynamo: Dynamo

const server = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  bodies.push(JSON.parse(text))
  answers.shift()!(request, response)
})
const says = (status: number, body: object) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(status).end(JSON.stringify(body))
const hangsUp = (_: IncomingMessage, response: ServerResponse) => void response.destroy()
const fails = (status: number, name: string, more = {}) =>
  says(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'No.', ...more })

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  })
  ;({ dynamo } = await import('#adapters/dynamo'))
})
afterAll(() => void server.close())
beforeEach(() => {
  answers = []
  bodies = []
})

const get = new GetCommand({ TableName: 'table', Key: { pk: 'A' } })
const found = says(200, { Item: { pk: { S: 'A' } } })

test('a call is signed as the SDK signs it', async () => {
  const seen: Record<string, string>[] = []
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
  const [region, endpoint] = ['eu-central-1', 'https://dynamodb.eu-central-1.amazonaws.com']
  const sdk = new DynamoDBClient({ region, endpoint, credentials, maxAttempts: 1 })
  sdk.middlewareStack.add(
    () =>
      async ({ request }: any) => {
        seen.push({ ...request.headers, body: new TextDecoder().decode(request.body) })
        throw new Error('enough')
      },
    { step: 'finalizeRequest', priority: 'low', name: 'look' },
  )
  await sdk.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: '批次' } } })).catch(() => undefined)
  const [{ authorization, body, ...headers } = {}] = seen
  const [, names = ''] = /SignedHeaders=([^,]*)/.exec(authorization!) ?? []
  const sent = names.split(';').filter((name) => !/^x-amz-(date|security-token)$/.test(name))
  const date = headers['x-amz-date']!.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')
  const ours = signed(
    Object.fromEntries(sent.map((name) => [name, headers[name]!])),
    body!,
    { ...credentials, region, service: 'dynamodb' },
    new Date(date),
  )
  expect(ours.authorization).toBe(authorization)
})

test.each([
  ['DynamoDB is down for a moment', says(503, {})],
  ['a fault inside', fails(500, 'InternalServerError')],
  ['too many calls', fails(400, 'ThrottlingException')],
  ['the connection ends', hangsUp],
])('is repeated: %s', async (_, mishap) => {
  answers = [mishap, found]
  await expect(dynamo.send(get)).resolves.toEqual({ Item: { pk: 'A' } })
})

test('a transaction keeps its token when it is repeated, so that it is made once', async () => {
  answers = [hangsUp, says(200, {}), says(200, {})]
  const write = () => new TransactWriteCommand({ TransactItems: [{ Put: { TableName: 'table', Item: { pk: 'A' } } }] })
  await dynamo.send(write())
  await dynamo.send(write())
  const tokens = bodies.map(({ ClientRequestToken }) => ClientRequestToken)
  expect(tokens[0]).toMatch(/^[\w-]{36}$/)
  expect(tokens[1]).toBe(tokens[0])
  expect(tokens[2]).not.toBe(tokens[0])
})

test('a cancelled transaction says why, as the SDK says it', async () => {
  const reasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: { n: { N: '1' } } }]
  answers = [fails(400, 'TransactionCanceledException', { CancellationReasons: reasons })]
  const error = await dynamo.send(get).catch((one) => one)
  expect(error).toBeInstanceOf(TransactionCanceledException)
  expect(error).toMatchObject({ CancellationReasons: reasons, message: 'No.' })
})

test('what no repeat mends is thrown at once, by its name', async () => {
  answers = [fails(400, 'ConditionalCheckFailedException')]
  await expect(dynamo.send(get)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', message: 'No.' })
  expect(bodies).toHaveLength(1)
})

test('what stays down is thrown after some attempts', async () => {
  answers = Array.from({ length: 9 }, () => fails(503, 'ServiceUnavailable'))
  await expect(dynamo.send(get)).rejects.toMatchObject({ name: 'ServiceUnavailable', status: 503 })
  expect(bodies.length).toBeGreaterThan(1)
})
