import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiGateway } from '../../lib/local/api-gateway.ts'
import type { Resource } from '../../lib/local/cloud.ts'
import { cognito } from '../../lib/local/cognito.ts'
import { type FakeCloud, fakeCloud, resource } from './fake-cloud.ts'

type Json = any

const PORT = 22010
const BASE = `http://127.0.0.1:${PORT}`
const POOL = 'arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_Test'
const functionArn = (name: string) => `arn:aws:lambda:eu-central-1:000000000000:function:${name}`
const toLambda = (name: string, more = {}) => ({
  'x-amazon-apigateway-integration': {
    type: 'aws_proxy',
    httpMethod: 'POST',
    uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`,
    ...more,
  },
})
const problem = (status: number, code: string) => ({
  statusCode: status,
  responseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
  responseTemplates: {
    'application/json': `{"type":"about:blank","status":${status},"code":"${code}","detail":"$context.error.message","errors":"$context.error.validationErrorString","instance":"$context.requestId"}`,
  },
})
const secured = { security: [{ users: [] }] }
const lotBody = { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Lot' } } } }

const document = {
  openapi: '3.0.3',
  info: { title: 'test API', version: '1' },
  'x-amazon-apigateway-request-validators': { all: { validateRequestBody: true, validateRequestParameters: true } },
  'x-amazon-apigateway-request-validator': 'all',
  'x-amazon-apigateway-binary-media-types': ['image/png'],
  'x-amazon-apigateway-minimum-compression-size': 1024,
  'x-amazon-apigateway-gateway-responses': {
    BAD_REQUEST_BODY: problem(400, 'body-invalid'),
    UNAUTHORIZED: problem(401, 'unauthenticated'),
    MISSING_AUTHENTICATION_TOKEN: problem(404, 'route-unknown'),
    REQUEST_TOO_LARGE: problem(413, 'too-large'),
    THROTTLED: problem(429, 'throttled'),
  },
  paths: {
    '/lots': {
      post: { ...secured, requestBody: lotBody, ...toLambda('define-lot') },
      get: {
        ...secured,
        parameters: [{ in: 'query', name: 'status', required: true, schema: { type: 'string' } }],
        ...toLambda('list-lots'),
      },
    },
    '/lots/mine': { get: { ...secured, ...toLambda('my-lots') } },
    '/lots/{lotId}': { get: { ...secured, ...toLambda('get-lot') } },
    '/scoped': { get: { security: [{ users: ['openid'] }], ...toLambda('scoped') } },
    '/open': { get: toLambda('open'), post: toLambda('open') },
    '/broken': { get: toLambda('broken') },
    '/malformed': { get: toLambda('malformed') },
    '/split': { get: toLambda('split') },
    '/slow': { get: toLambda('slow', { timeoutInMillis: 100 }) },
    '/picture': { get: toLambda('picture') },
    '/rare': { get: toLambda('open') },
  },
  components: {
    schemas: {
      Lot: {
        type: 'object',
        required: ['lotId', 'quantity'],
        additionalProperties: false,
        properties: {
          lotId: { type: 'string', minLength: 1 },
          quantity: { type: 'number', minimum: 0, exclusiveMinimum: true },
          tree: { $ref: '#/components/schemas/Tree' },
        },
      },
      Tree: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
    },
    securitySchemes: {
      users: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        'x-amazon-apigateway-authtype': 'cognito_user_pools',
        'x-amazon-apigateway-authorizer': { type: 'cognito_user_pools', providerARNs: [POOL] },
      },
    },
  },
}

const functions = [
  'define-lot',
  'list-lots',
  'my-lots',
  'get-lot',
  'scoped',
  'open',
  'broken',
  'malformed',
  'split',
  'slow',
  'picture',
]
const permission = (name: string, path: string) =>
  resource('AWS::Lambda::Permission', `permission-${name}`, {
    Action: 'lambda:InvokeFunction',
    FunctionName: functionArn(name),
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:eu-central-1:000000000000:api1/${path}`,
  })

function app(stage: Record<string, unknown> = {}): Resource[] {
  const schema = [{ Name: 'sites', AttributeDataType: 'String', Mutable: true }]
  return [
    resource('AWS::Cognito::UserPool', 'eu-central-1_Test', { Schema: schema }, { Arn: POOL }),
    resource('AWS::Cognito::UserPoolClient', 'client1', { UserPoolId: 'eu-central-1_Test' }),
    resource('AWS::Cognito::UserPoolGroup', 'quality', { UserPoolId: 'eu-central-1_Test', GroupName: 'quality' }),
    resource('AWS::Cognito::UserPoolGroup', 'stock', { UserPoolId: 'eu-central-1_Test', GroupName: 'warehouse' }),
    ...functions.map((name) => permission(name, name === 'get-lot' ? 'v1/GET/lots/*' : 'v1/*/*')),
    resource('AWS::ApiGateway::RestApi', 'api1', { Name: 'test', Body: document }),
    resource('AWS::ApiGateway::Stage', 'stage1', {
      RestApiId: 'api1',
      StageName: 'v1',
      AccessLogSetting: {
        Format:
          '{"id":"$context.requestId","status":"$context.status","sub":"$context.authorizer.claims.sub","error":"$context.error.responseType","none":"$context.nothing"}',
      },
      MethodSettings: [
        { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 5000 },
        { HttpMethod: 'GET', ResourcePath: '/~1rare', ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
      ],
      ...stage,
    }),
  ]
}

async function answerOf(name: string, event: Json): Promise<unknown> {
  if (name === 'broken') throw Object.assign(new Error('boom'), { name: 'TypeError' })
  if (name === 'malformed') return { status: 200 }
  if (name === 'split') return { statusCode: 200, headers: { 'x-a': 'b\r\nset-cookie: c' } }
  if (name === 'slow') return sleep(400)
  if (name === 'picture')
    return { statusCode: 200, headers: { 'content-type': 'image/png' }, body: 'iVBORw==', isBase64Encoded: true }
  return {
    statusCode: 201,
    headers: { 'X-Thing': 'one', 'WWW-Authenticate': 'x' },
    multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
    body: JSON.stringify({ name, event }),
  }
}

let cloud: FakeCloud
let token: string
let accessToken: string

beforeAll(async () => {
  cloud = fakeCloud(PORT, app(), { invoke: (arn, event) => answerOf(arn.split(':').at(-1)!, event) })
  await cognito.start(cloud)
  await apiGateway.start(cloud)
  const issued = await fetch(`${BASE}/_local/token`, {
    method: 'POST',
    body: JSON.stringify({ name: 'Quinn Quality', groups: ['quality', 'warehouse'], sites: ['berlin', 'wuxi'] }),
  })
  const tokens = (await issued.json()) as { token: string; accessToken: string }
  token = tokens.token
  accessToken = tokens.accessToken
})
afterAll(async () => {
  await apiGateway.stop()
  await cognito.stop()
  cloud.remove()
})

const authorized = () => ({ authorization: `Bearer ${token}` })
const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${BASE}${path}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { ...authorized(), 'content-type': 'application/json', ...headers },
  })

describe('routes and the proxy event', () => {
  test('a request becomes the event of the Lambda proxy integration', async () => {
    const url = `${BASE}/v1/lots/lot%20%C3%A9%2F1?a=1&a=2&b=x%20y`
    const response = await fetch(url, { headers: { ...authorized(), 'x-many': 'one' } })
    const { event } = (await response.json()) as { event: Json }
    expect(event).toMatchObject({
      resource: '/lots/{lotId}',
      path: '/lots/lot%20%C3%A9%2F1',
      httpMethod: 'GET',
      pathParameters: { lotId: 'lot é/1' },
      queryStringParameters: { a: '2', b: 'x y' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'] },
      multiValueHeaders: { 'x-many': ['one'] },
      body: null,
      isBase64Encoded: false,
    })
    expect(event.requestContext).toMatchObject({
      stage: 'v1',
      resourcePath: '/lots/{lotId}',
      path: '/v1/lots/lot%20%C3%A9%2F1',
      identity: { sourceIp: '127.0.0.1' },
      requestId: response.headers.get('x-amzn-requestid'),
    })
  })

  test('claims reach the handler as the Cognito authorizer flattens them', async () => {
    const response = await fetch(`${BASE}/v1/lots/1`, { headers: authorized() })
    const { event } = (await response.json()) as { event: Json }
    expect(event.requestContext.authorizer.claims).toMatchObject({
      'cognito:groups': 'quality,warehouse',
      'custom:sites': 'berlin,wuxi',
      name: 'Quinn Quality',
      email: 'quinn.quality@example.com',
      token_use: 'id',
      aud: 'client1',
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Test',
      exp: expect.stringMatching(/^\w{3} \w{3} \d\d [\d:]{8} UTC \d{4}$/),
    })
  })

  test('a fixed segment wins over a parameter', async () => {
    const response = await fetch(`${BASE}/v1/lots/mine`, { headers: authorized() })
    expect(await response.json()).toMatchObject({ name: 'my-lots' })
  })

  test('headers, several cookies and a kept header name come back as API Gateway sends them', async () => {
    const response = await fetch(`${BASE}/v1/open`)
    expect(response.status).toBe(201)
    expect(response.headers.get('x-thing')).toBe('one')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-amzn-remapped-www-authenticate')).toBe('x')
  })

  test('a base64 body is decoded only for who accepts the binary type', async () => {
    const decoded = await fetch(`${BASE}/v1/picture`, { headers: { accept: 'image/png' } })
    expect(Buffer.from(await decoded.arrayBuffer()).toString('hex')).toBe('89504e47')
    const text = await fetch(`${BASE}/v1/picture`, { headers: { accept: 'text/html' } })
    expect(await text.text()).toBe('iVBORw==')
  })

  test('large answers are compressed for who accepts it, and compressed bodies are read', async () => {
    const large = gzipSync(JSON.stringify({ lotId: 'x'.repeat(5000), quantity: 1 }))
    const response = await post('/v1/lots', large, { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(((await response.json()) as { event: Json }).event.body).toHaveLength(5000 + 25)
    const plain = await post('/v1/lots', large, { 'content-encoding': 'gzip', 'accept-encoding': 'identity' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
    expect((await post('/v1/lots', bomb, { 'content-encoding': 'gzip' })).status).toBe(413)
    expect((await post('/v1/lots', 'no gzip', { 'content-encoding': 'gzip' })).status).toBe(400)
  })

  test.each([
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/lots'],
    ['GET', '/v1/lots/'],
    ['GET', '/v1/constructor'],
    ['GET', '/v1'],
  ])('%s %s is answered by the declared gateway response', async (method, path) => {
    const response = await fetch(BASE + path, { method })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'route-unknown', detail: 'Missing Authentication Token' })
  })

  test('another stage is forbidden', async () => {
    expect((await fetch(`${BASE}/v2/lots`)).status).toBe(403)
  })

  test.each([
    ['/v1/broken', 502],
    ['/v1/malformed', 502],
    ['/v1/split', 502],
    ['/v1/slow', 504],
  ])('%s gives %i in the shape of AWS where the template declares none', async (path, status) => {
    const response = await fetch(BASE + path)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      message: status === 504 ? 'Endpoint request timed out' : 'Internal server error',
    })
  })

  test('the access log has one line of the declared format for each request', async () => {
    const response = await fetch(`${BASE}/v1/lots/logged`, { headers: authorized() })
    const refused = await fetch(`${BASE}/v1/lots/logged`)
    // The log is written a few times a second.
    await sleep(600)
    const lines = readFileSync(join(cloud.data, 'api-gateway', 'access.log'), 'utf8')
      .trim()
      .split('\n')
    const entryOf = (answer: Response) => entries.find((one) => one.id === answer.headers.get('x-amzn-requestid'))
    const entries = lines.map((line) => JSON.parse(line))
    const sub = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(entryOf(response)).toMatchObject({ status: '201', sub, error: '-', none: '-' })
    expect(entryOf(refused)).toMatchObject({ status: '401', sub: '-', error: 'UNAUTHORIZED' })
  })
})

describe('tokens', () => {
  const withToken = (authorization: string) => fetch(`${BASE}/v1/lots/1`, { headers: { authorization } })

  test('a raw token works as well as a Bearer one', async () => {
    expect((await withToken(token)).status).toBe(201)
  })

  test.each([
    ['none', () => undefined],
    ['not a token', () => 'Bearer hello'],
    ['an access token', () => accessToken],
    ['a changed payload', () => token.replace(/\.(.{20})/, (_, part) => `.${part.split('').reverse().join('')}`)],
    ['alg none', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`],
  ])('%s is refused with the declared 401', async (_, make) => {
    const value = make()
    const response = await fetch(`${BASE}/v1/lots/1`, value ? { headers: { authorization: value } } : {})
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated', detail: 'Unauthorized' })
  })

  test('a token signed with a foreign key is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const [header, payload] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    const foreign = await new SignJWT(payload).setProtectedHeader(header).sign(privateKey)
    expect((await withToken(foreign)).status).toBe(401)
  })

  test('an expired token is refused, also after it worked', async () => {
    const issued = await fetch(`${BASE}/_local/token?name=Eve&groups=quality&seconds=1`)
    const { token: short } = (await issued.json()) as { token: string }
    expect((await withToken(short)).status).toBe(201)
    await sleep(1100)
    const response = await withToken(short)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ detail: 'The incoming token has expired' })
  })

  test('an operation with scopes wants an access token', async () => {
    const get = (authorization: string) => fetch(`${BASE}/v1/scoped`, { headers: { authorization } })
    expect((await get(accessToken)).status).toBe(201)
    expect((await get(token)).status).toBe(401)
  })

  test.each([
    [{ groups: ['admin'] }, 'no group admin'],
    [{ groups: 'quality' }, 'groups must be a list'],
    [{ groups: ['quality'], seconds: 0 }, 'seconds must be'],
    [{ role: 'quality' }, 'unknown field role'],
  ])('the token page refuses %j', async (body, reason) => {
    const response = await fetch(`${BASE}/_local/token`, { method: 'POST', body: JSON.stringify(body) })
    expect(response.status).toBe(400)
    expect(((await response.json()) as { detail: string }).detail).toContain(reason)
  })

  test('the key set is the one that signed', async () => {
    const response = await fetch(`${BASE}/_local/cognito/eu-central-1_Test/.well-known/jwks.json`)
    const { keys } = (await response.json()) as { keys: Record<string, string>[] }
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())
    expect(keys).toEqual([expect.objectContaining({ kid, kty: 'RSA', use: 'sig' })])
    expect(keys[0]).not.toHaveProperty('d')
  })
})

describe('bodies and parameters', () => {
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

  test('a valid body passes unchanged', async () => {
    const response = await post('/v1/lots', '{"lotId":"a","quantity":1.50}')
    expect(response.status).toBe(201)
    expect(((await response.json()) as { event: Json }).event.body).toBe('{"lotId":"a","quantity":1.50}')
  })

  test.each([
    ['{"quantity":1}', "must have required property 'lotId'"],
    ['{"lotId":"a","quantity":"1"}', '/quantity must be number'],
    ['{"lotId":"a","quantity":0}', '/quantity must be > 0'],
    ['{"lotId":"a","quantity":1e400}', '/quantity must be number'],
    ['{"lotId":"a","quantity":1,"colour":"\\"red\\""}', 'must NOT have additional properties: colour'],
    ['{"lotId":"a","quantity":1,"__proto__":{"admin":true}}', 'must NOT have additional properties: __proto__'],
    ['{"lotId":"a","quantity":1,"constructor":1}', 'must NOT have additional properties: constructor'],
    ['{"lotId":"a","quantity":1', 'not JSON'],
    ['[]', 'body must be object'],
    ['null', 'body must be object'],
    ['', 'missing'],
    [deep(10_000), 'body must be object'],
    ['{"a":'.repeat(10_000) + 1 + '}'.repeat(10_000), 'required property'],
    [`"${'x'.repeat(5_000_000)}"`, 'body must be object'],
  ])('case %#: a 400 that names the field and the rule', async (body, rule) => {
    const response = await post('/v1/lots', body)
    expect(response.status).toBe(400)
    const answer = (await response.json()) as { code: string; errors: string }
    expect(answer.code).toBe('body-invalid')
    expect(answer.errors).toContain(rule)
  })

  test('a recursive schema and a body of depth 100,000 give no 5xx', async () => {
    const response = await post('/v1/lots', `{"lotId":"a","quantity":1,"tree":${deep(100_000)}}`)
    expect(response.status).toBeLessThan(500)
  })

  test('invalid UTF-8 gives no 5xx', async () => {
    const body = Buffer.concat([
      Buffer.from('{"lotId":"'),
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from('","quantity":1}'),
    ])
    expect((await post('/v1/lots', body)).status).toBe(201)
  })

  test('a media type that is not declared passes unchecked, as in AWS', async () => {
    expect((await post('/v1/lots', 'hello', { 'content-type': 'text/plain' })).status).toBe(201)
  })

  test('over 10 MB is 413, announced or not', async () => {
    expect((await post('/v1/lots', Buffer.alloc(10 * 1024 * 1024 + 1))).status).toBe(413)
    const chunked = await new Promise((resolve, reject) => {
      const request = httpRequest(`${BASE}/v1/open`, { method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject)
      for (let written = 0; written <= 10; written++) request.write(Buffer.alloc(1024 * 1024))
      request.end()
    })
    expect(chunked).toBe(413)
  })

  test('a body that would exceed the 6 MB event of a function is 413', async () => {
    const response = await post('/v1/open', `"${'é"\\'.repeat(2_500_000)}"`, { 'content-type': 'text/plain' })
    expect(response.status).toBe(413)
  })

  test('a required parameter that is missing or blank is named', async () => {
    for (const query of ['', '?status=', '?other=1']) {
      const response = await fetch(`${BASE}/v1/lots${query}`, { headers: authorized() })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ message: 'Missing required request parameters: [status]' })
    }
  })

  test('a path that is not percent-encoded UTF-8 is 400', async () => {
    expect((await fetch(`${BASE}/v1/lots/%ff%zz`, { headers: authorized() })).status).toBe(400)
  })

  test.each([
    'POST /v1/open HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n',
    'POST /v1/open HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /v1/open HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n',
    `GET /v1/open HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`,
    'hello\r\n\r\n',
  ])('broken HTTP message %# gets a 4xx', async (message) => {
    expect(await rawStatus(message)).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  test('a connection that ends inside its body leaves the door open', async () => {
    await rawStatus(`POST /v1/lots HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\ncontent-length: 50\r\n\r\n{"a"`)
    expect((await fetch(`${BASE}/v1/open`)).status).toBe(201)
  })
})

describe('throttling', () => {
  test('more than the burst is answered 429, and the rate refills it', async () => {
    const call = async () => (await fetch(`${BASE}/v1/rare`)).status
    expect([await call(), await call(), await call()]).toEqual([201, 201, 429])
    await sleep(1050)
    expect(await call()).toBe(201)
  })
})

describe('local pages', () => {
  test('the documentation works without the internet', async () => {
    const html = await (await fetch(`${BASE}/_local/docs`)).text()
    expect(html).toContain('swagger-ui-bundle.js')
    expect(html).not.toMatch(/https?:\/\//)
    expect((await fetch(`${BASE}/_local/docs/swagger-ui-bundle.js`)).headers.get('content-type')).toBe(
      'text/javascript',
    )
    expect((await fetch(`${BASE}/_local/docs/package.json`)).status).toBe(404)
    const served = await (await fetch(`${BASE}/_local/openapi.json`)).json()
    expect(served).toMatchObject({ servers: [{ url: '/v1' }], paths: { '/lots': {} } })
  })

  test('the index links every page', async () => {
    const html = await (await fetch(`${BASE}/`)).text()
    for (const path of cloud.pages.keys()) expect(html).toContain(path)
  })

  test.each([{ host: `evil.example:${PORT}` }, { origin: 'https://evil.example' }])(
    '%j does not reach a local page',
    async (headers) => {
      const status = await new Promise((resolve, reject) => {
        httpRequest(`${BASE}/_local/token`, { headers }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
      expect(status).toBe(403)
    },
  )
})

describe('what would not work in the cloud stops the start', () => {
  const start = async (body: object, stage = {}) => {
    const changed = app(stage).map((one) =>
      one.type === 'AWS::ApiGateway::RestApi' ? { ...one, properties: { Body: { ...document, ...body } } } : one,
    )
    const other = fakeCloud(PORT + 10, changed)
    const { openRestApi } = await import('../../lib/local/rest-api.ts')
    await openRestApi(other, other.ofType('AWS::ApiGateway::Stage')[0]!, () => {}).finally(other.remove)
  }

  test.each([
    [{ security: [{ users: [] }] }, 'root-level "security"'],
    [{ paths: { '/a': { get: { ...toLambda('x', { type: 'mock' }) } } } }, 'GET /a: x-amazon-apigateway-integration'],
    [{ paths: { '/a': { get: { security: [{ other: [] }], ...toLambda('x') } } } }, 'security scheme other'],
    [{ paths: { '/a/{b}': { get: toLambda('x') }, '/a/{c}/d': { get: toLambda('x') } } }, 'has a sibling'],
    [{ 'x-amazon-apigateway-gateway-responses': { QUOTA: {} } }, 'gateway response QUOTA'],
    [{ 'x-amazon-apigateway-policy': {} }, 'x-amazon-apigateway-policy'],
    [{ paths: { '/a': { get: toLambda('unknown') } } }, 'invoke the function of GET /a'],
    [{ paths: { '/parts/{lotId}': { get: toLambda('get-lot') } } }, 'invoke the function of GET /parts/{lotId}'],
  ])('case %#', async (body, reason) => {
    await expect(start(body)).rejects.toThrow(reason)
  })
})

function rawStatus(message: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1', () => socket.write(message))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
      socket.destroy()
    })
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0]!))
    socket.on('error', () => {})
    setTimeout(() => socket.destroy(), 200)
  })
}
