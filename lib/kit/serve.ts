import { createHash } from 'node:crypto'
import middy from '@middy/core'
import httpSecurityHeaders from '@middy/http-security-headers'
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  SQSBatchResponse,
  SQSEvent,
  SQSRecord,
} from 'aws-lambda'
import { monotonicFactory } from 'ulid'
import type { Actor, Command, Query, Reaction, Spec, Task } from './command.ts'
import {
  fieldErrors,
  isRefusal,
  type KitRefusal,
  kitRefusals,
  type Language,
  problem,
  type Refusal,
  type RefusalText,
  refuse,
  statusOf,
  textErrors,
} from './errors.ts'
import type { LedgerFact } from './ledger.ts'
import { load } from './load.ts'
import { nodeId } from './node.ts'
import { nodeNumbers } from './numbers.ts'
import type { Ports } from './ports.ts'
import { queueAttempts } from './queue.ts'
import { type Result, run, type World } from './run.ts'
import { ForeignCursor, type Table } from './table.ts'

/** What the generated entry of a function passes in. */
export interface Served {
  /** Name of the function, `area/verb-noun`. */
  readonly name: string
  readonly table: Table
  readonly ports: Partial<Ports>
  /** Commands that it dispatches, by name. */
  readonly commands?: World['commands']
}

const ulid = monotonicFactory()

/** Makes the Lambda handler of a spec; the only place where time, chance and the outside enter. */
export function serve(spec: Spec, served: Served): (event: any, context?: any) => Promise<any> {
  const numbers = nodeNumbers((count) => served.table.lease(count), Date.now)
  const world: World = {
    table: served.table,
    ports: { ...served.ports, table: served.table },
    commands: served.commands,
    now: () => new Date().toISOString(),
    newId: ({ prefix, node }) => (node ? nodeId(prefix, Date.now(), numbers.next()) : `${prefix}_${ulid()}`),
    ready: () => numbers.ready(),
    random: Math.random,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  }
  switch (spec.kind) {
    case 'command':
      return httpDoor(spec, served.name, world, (input, asked) => answerCommand(spec, input, asked, world))
    case 'query':
      return httpDoor(spec, served.name, world, (input, asked) => answerQuery(spec, input, asked, world))
    case 'task':
      return taskDoor(spec, served.name, world)
    case 'reaction':
      if (spec.on === 'facts') return streamDoor(spec, served.name, world)
      if ('everyMinutes' in spec.on) return clockDoor(spec, served.name, world)
      if ('gathered' in spec.on) return gatheredDoor(spec, served.name, world)
      return 'queue' in spec.on ? queueDoor(spec, served.name, world) : eventDoor(spec, served.name, world)
  }
}

/** A refusal on its way to the person who asked. */
class Refused extends Error {
  readonly refusal: Refusal
  readonly text: RefusalText
  constructor(refusal: Refusal, text: RefusalText) {
    super(problem(refusal, text, 'en').detail)
    // A state machine's Retry and Catch name errors by this.
    this.name = refusal.refusal
    this.refusal = refusal
    this.text = text
  }
}

const refuseKit = (code: KitRefusal, details = {}) => new Refused(refuse(code, details), kitRefusals[code])

interface Asked {
  readonly command: string
  readonly id: string
  readonly actor: Actor
  readonly key: string | undefined
}

type Door = (input: any, asked: Asked) => Promise<{ status: number; body: unknown }>

function httpDoor(spec: Command | Query, name: string, world: World, answer: Door) {
  const handle = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const actor = spec.link ? await holderOf(event, world) : personOf(event, spec.roles)
    const key = headerOf(event, 'idempotency-key')
    if (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key))
      throw invalidInput([{ field: 'Idempotency-Key', rule: 'must be 1 to 128 visible ASCII characters' }])
    const input = parse(spec.input, inputOf(event))
    const { status, body } = await answer(input, { command: name, id: event.requestContext.requestId, actor, key })
    if ('file' in spec && spec.file) return fileOf(body as Uint8Array, spec.file)
    if ('page' in spec && spec.page) return pageOf(String(body), spec.page.script)
    return { statusCode: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  }
  return (
    middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
      // A page brings a policy of its own, which names its script.
      .use(httpSecurityHeaders({ contentSecurityPolicy: !('page' in spec && spec.page) }))
      .use({
        onError: (request) => {
          const isPage = 'page' in spec && spec.page && wantsHtml(request.event)
          const response = problemResponse(request.event, request.error)
          request.response = isPage ? problemPage(request.event, request.error, response) : response
          // Nobody signed in: what was refused to a stranger must be found again.
          if (spec.link) logRefusal(request.event, response)
        },
      })
      .handler(handle)
  )
}

/** The person of the token, who must have one of the roles. */
function personOf(event: APIGatewayProxyEvent, roles: readonly string[]): Actor {
  const actor = actorOf(event.requestContext.authorizer?.claims)
  if (!roles.some((role) => actor.roles.includes(role))) throw refuseKit('role-missing', { roles: roles.join(', ') })
  return actor
}

/** Whoever holds the signed link to what the path names first. */
async function holderOf({ pathParameters }: APIGatewayProxyEvent, world: World): Promise<Actor> {
  const { proof = '', ...ids } = pathParameters ?? {}
  const [id = ''] = Object.values(ids) as string[]
  const until = await world.ports.links!.verify(id, proof)
  if (until === undefined) throw refuseKit('link-invalid')
  if (until < world.now()) throw refuseKit('link-expired', { until: until.slice(0, 10) })
  return { sub: id, name: `holder of the link to ${id}`, roles: [], sites: ['*'] }
}

/** A page on which only its own script runs, and which talks only to this API. */
function pageOf(body: string, script: string): APIGatewayProxyResult {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'sha256-${hash}'`
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      // The address is a key.
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: script ? `${body}<script>${script}</script>` : body,
  }
}

const fileOf = (bytes: Uint8Array, type: string): APIGatewayProxyResult => ({
  statusCode: 200,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body: Buffer.from(bytes).toString('base64'),
  isBase64Encoded: true,
})

function logRefusal(
  { requestContext, resource, pathParameters }: APIGatewayProxyEvent,
  response: APIGatewayProxyResult,
) {
  const { code, detail, status } = JSON.parse(response.body)
  const { requestId, identity } = requestContext
  // The proof is a key, also where it is a wrong one.
  const { proof: _, ...about } = pathParameters ?? {}
  const said = { requestId, resource, ...about, ip: identity?.sourceIp, status, code, detail }
  console.warn(JSON.stringify({ level: 'warn', ...said }))
}

async function answerCommand(spec: Command, input: any, asked: Asked, world: World) {
  const result = await run(spec, input, asked, world)
  if (!result.ok) throw new Refused(result.refusal, result.text)
  return result.answer
}

async function answerQuery(spec: Query, input: any, { actor }: Asked, world: World) {
  const { states, refusal } = await load(world.table, spec.reads, input, actor)
  if (refusal) throw refuseKit(refusal.refusal as KitRefusal, refusal.details)
  const found = await spec.run(states, input, world.ports, { now: world.now(), actor, newId: world.newId })
  if (isRefusal(found)) throw refuseKit(found.refusal as KitRefusal, found.details)
  return { status: 200, body: spec.output.parse(found) }
}

function problemResponse(event: APIGatewayProxyEvent, error: unknown): APIGatewayProxyResult {
  const requestId = event.requestContext?.requestId
  const refused = refusedBy(error)
  if (refused.refusal.refusal === 'fault')
    console.error(JSON.stringify({ level: 'error', requestId, error: String((error as Error)?.stack ?? error) }))
  return {
    statusCode: statusOf[refused.text.kind],
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem(refused.refusal, refused.text, languageOf(event), requestId)),
  }
}

/** A browser; programs ask for JSON, or for anything. */
const wantsHtml = (event: APIGatewayProxyEvent) => /\btext\/html\b/.test(headerOf(event, 'accept') ?? '')

/** What was refused, for a person who opened a page: in the language that they read, then in the other. */
function problemPage(
  event: APIGatewayProxyEvent,
  error: unknown,
  { statusCode }: APIGatewayProxyResult,
): APIGatewayProxyResult {
  const { refusal, text } = refusedBy(error)
  const first = languageOf(event)
  const said = (['en', 'zh'] as const).map((language) => {
    const { detail } = problem(refusal, text, language)
    return `<p lang="${language}">${detail.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)}</p>`
  })
  const style =
    'body{font:18px/1.6 system-ui,"Noto Sans SC","Microsoft YaHei",sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.2rem;color:#1c2733}p:last-child{color:#54606c}'
  return {
    ...pageOf(
      `<!doctype html><html lang="${first}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${statusCode}</title><style>${style}</style></head><body>${(first === 'en' ? said : said.toReversed()).join('')}</body></html>`,
      '',
    ),
    statusCode,
  }
}

function refusedBy(error: unknown): Refused {
  if (error instanceof Refused) return error
  if (error instanceof ForeignCursor) return invalidInput([{ field: 'cursor', rule: error.message }])
  return refuseKit('fault')
}

const headerOf = (event: APIGatewayProxyEvent, name: string): string | undefined =>
  Object.entries(event.headers ?? {}).find(([header]) => header.toLowerCase() === name)?.[1]

const languageOf = (event: APIGatewayProxyEvent): Language =>
  /^\s*zh/i.test(headerOf(event, 'accept-language') ?? '') ? 'zh' : 'en'

/** Cognito's REST authorizer flattens lists to text, with commas or as `[a b]`. */
const listOf = (claim: unknown): string[] =>
  String(claim ?? '')
    .split(/[\s,[\]]+/)
    .filter(Boolean)

function actorOf(claims: Record<string, unknown> | undefined): Actor {
  if (!claims?.sub) throw refuseKit('token-missing')
  return {
    sub: String(claims.sub),
    name: String(claims.name ?? claims.email ?? claims.sub),
    roles: listOf(claims['cognito:groups']),
    sites: listOf(claims['custom:sites']),
    signIn: signInOf(claims),
  }
}

/** A refreshed token keeps both claims, so it proves no new sign-in; a pool without `origin_jti` has one sign-in a second. */
function signInOf({ auth_time: time, origin_jti: id }: Record<string, unknown>): Actor['signIn'] {
  const seconds = Number(time)
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined
  return { at: new Date(seconds * 1000).toISOString(), id: String(id ?? seconds) }
}

const invalidInput = (errors: readonly { field: string; rule: string }[]) => refuseKit('input-invalid', { errors })

function inputOf(event: APIGatewayProxyEvent): Record<string, unknown> {
  const body = bodyOf(event)
  const fromUrl = { ...event.queryStringParameters, ...event.pathParameters }
  const twice = Object.keys(body).filter((name) => name === '__proto__' || name in fromUrl)
  if (twice.length > 0)
    throw invalidInput(twice.map((field) => ({ field, rule: 'unknown field; remove it from the body' })))
  return { ...body, ...fromUrl }
}

function bodyOf(event: APIGatewayProxyEvent): object {
  if (!event.body) return {}
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw invalidInput([{ field: '(body)', rule: `must be JSON: ${(error as Error).message.slice(0, 120)}` }])
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidInput([{ field: '(body)', rule: 'must be a JSON object' }])
  return body
}

function parse(schema: Spec['input'], input: unknown): any {
  const { data, error } = schema.safeParse(input)
  const errors = error ? fieldErrors(error) : textErrors(data)
  if (errors.length > 0) throw invalidInput(errors)
  return data
}

/** The product itself, as the actor of what follows from facts. */
const system = (name: string): Actor => ({ sub: 'lotline', name: `lotline ${name}`, roles: [], sites: ['*'] })

function orThrow(result: Result): Result & { ok: true } {
  if (result.ok) return result
  throw new Refused(result.refusal, result.text)
}

function taskDoor(spec: Task, name: string, world: World) {
  return async (event: unknown, context: { awsRequestId: string }) => {
    try {
      const input = parse(spec.input, event)
      const request = { command: name, id: context.awsRequestId, actor: system(name) }
      return spec.output(input, orThrow(await run(spec, input, request, world)).performed)
    } catch (error) {
      if (spec.otherwise === undefined || !(error instanceof Refused) || isPassing(error)) throw error
      const { refusal, details } = error.refusal
      console.warn(JSON.stringify({ level: 'warn', refusal, details, detail: error.message }))
      count('Refused', name, refusal, world.now())
      return spec.otherwise
    }
  }
}

function eventDoor(spec: Reaction, name: string, world: World) {
  return async (event: EventBridgeEvent<string, LedgerFact>) => {
    // The fact's own hash, not the delivery's id: a republished fact is the same fact.
    const key = `${name}#${event.detail.hash}`
    orThrow(
      await run(
        spec,
        parse(spec.input, event.detail.data),
        { command: name, id: key, actor: system(name), key },
        world,
      ),
    )
  }
}

/** A scheduled run says nothing but that it is time. */
function clockDoor(spec: Reaction, name: string, world: World) {
  return async (_: unknown, context: { awsRequestId: string }) => {
    const request = { command: name, id: context.awsRequestId, actor: system(name) }
    orThrow(await run(spec, parse(spec.input, {}), request, world))
  }
}

function streamDoor(spec: Reaction, name: string, world: World) {
  return async (event: DynamoDBStreamEvent) => {
    const facts = event.Records.flatMap(({ eventName, dynamodb }) => {
      const text = eventName === 'INSERT' ? dynamodb?.NewImage?.fact?.S : undefined
      return text === undefined ? [] : [JSON.parse(text) as LedgerFact]
    })
    if (facts.length > 0)
      orThrow(await run(spec, { facts }, { command: name, id: facts[0]!.hash, actor: system(name) }, world))
  }
}

/** Where facts cannot be handled together, their halves are, so that one which never can holds up no other. */
function gatheredDoor(spec: Reaction, name: string, world: World) {
  const handle = async (records: readonly SQSRecord[]): Promise<string[]> => {
    try {
      const input = parse(spec.input, { facts: records.map(({ body }) => JSON.parse(body).detail) })
      const request = { command: name, id: records[0]!.messageId, actor: system(name) }
      await patiently(world, async () => orThrow(await run(spec, input, request, world)))
      return []
    } catch (error) {
      const half = Math.ceil(records.length / 2)
      if (records.length > 1) return [...(await handle(records.slice(0, half))), ...(await handle(records.slice(half)))]
      const messageIds = idsOfRecords(records)
      console.error(JSON.stringify({ level: 'error', messageIds, error: String(error) }))
      return messageIds
    }
  }
  return async (event: SQSEvent): Promise<SQSBatchResponse> => batchResponse(await handle(event.Records))
}

const batchResponse = (messageIds: readonly string[]): SQSBatchResponse => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
})

function queueDoor(spec: Reaction, name: string, world: World) {
  const handle = async (records: readonly SQSRecord[]): Promise<string[]> => {
    const [first] = records
    try {
      const input = parse(spec.input, inputOfQueue(spec, records))
      const request = { command: name, id: first!.messageId, actor: system(name), ...markOf(spec, name, input) }
      await patiently(world, async () => orThrow(await run(spec, input, request, world)))
      return []
    } catch (error) {
      const refused = error instanceof Refused && !isPassing(error)
      // Which of them it was shows by halves: the others go on in few steps.
      const half = Math.ceil(records.length / 2)
      if (records.length > 1 && (refused || !isFirstAttempt(first!)))
        return [...(await handle(records.slice(0, half))), ...(await handle(records.slice(half)))]
      const ids = idsOfRecords(records)
      console.error(JSON.stringify({ level: 'error', messageIds: ids, error: String(error) }))
      const mayHeal = !refused || spec.waitsOn?.includes(error.refusal.refusal)
      if (mayHeal && (records.length > 1 || !isLastAttempt(first!))) return ids
      await putAside(world, name, first!, refusedBy(error))
      return []
    }
  }
  const surely = (records: readonly SQSRecord[]) =>
    handle(records).catch((error) => {
      const messageIds = idsOfRecords(records)
      console.error(JSON.stringify({ level: 'error', messageIds, error: String(error) }))
      return messageIds
    })
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await Promise.all(lanesOf(spec, event.Records).map((steps) => inTurn(steps, surely)))
    return batchResponse(failed.flat(2))
  }
}

/** What others keep changing, and what the table cannot take now, may be free in a moment. */
const isPassing = (error: unknown) => error instanceof Refused && error.text.kind === 'throttled'

/** A queue would give the message out again only minutes later. */
const patience = 8

async function patiently<T>(world: World, work: () => Promise<T>): Promise<T> {
  for (let left = patience; ; left--)
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || left === 0) throw error
      await world.wait(world.random() * 250)
    }
}

const idsOfRecords = (records: readonly SQSRecord[]) => records.map(({ messageId }) => messageId)

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

const queueOf = ({ on }: Reaction) => (typeof on === 'object' && 'queue' in on ? on : undefined)
const togetherOf = (spec: Reaction) => queueOf(spec)?.together
const inTurnOf = (spec: Reaction) => queueOf(spec)?.inTurn

/** A message is known by what its reaction says, also when the queue holds it twice. */
function markOf({ once }: Reaction, name: string, input: unknown) {
  const mark = once?.(input)
  return mark && { key: `${name}#${mark.key}`, says: mark.says }
}

/** In the order in which AWS IoT Core received them, which a queue does not keep. */
const asReceived = (records: readonly SQSRecord[]) =>
  records
    .map((record) => ({ record, receivedMs: Number(bodyAsSent(record.body)?.receivedMs) || 0 }))
    .sort((a, b) => a.receivedMs - b.receivedMs)
    .map(({ record }) => record)

/** What concerns the same thing goes step by step, so that no two meet at it; all other goes at the same time. */
function lanesOf(spec: Reaction, records: readonly SQSRecord[]): SQSRecord[][][] {
  const field = togetherOf(spec) ?? inTurnOf(spec)
  const thingOf = ({ messageId, body }: SQSRecord) =>
    (field === undefined ? undefined : fieldOf(body, field)) ?? messageId
  return [...Map.groupBy(records, thingOf).values()].map((some) => stepsOf(spec, some))
}

/** Those that may have failed before go apart, so that they hold up no other. */
function stepsOf(spec: Reaction, records: readonly SQSRecord[]): SQSRecord[][] {
  if (inTurnOf(spec) !== undefined) return asReceived(records).map((one) => [one])
  const { first = [], again = [] } = Object.groupBy(records, (one) => (isFirstAttempt(one) ? 'first' : 'again'))
  return [first, again].filter((step) => step.length > 0)
}

function fieldOf(body: string, field: string): string | undefined {
  const value = bodyAsSent(body)?.[field]
  return typeof value === 'string' ? value : undefined
}

/** A body that is no JSON is no message of anybody: the schema refuses it. */
function bodyAsSent(body: string): any {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function inputOfQueue(spec: Reaction, records: readonly SQSRecord[]): unknown {
  const field = togetherOf(spec)
  const bodies = records.map(({ body }) => bodyAsSent(body))
  return field === undefined ? bodies[0] : { [field]: bodies[0]?.[field], messages: bodies }
}

const isFirstAttempt = ({ attributes }: SQSRecord) => Number(attributes?.ApproximateReceiveCount ?? 1) === 1

/** After it SQS itself would put the message aside, but without the cause. */
const isLastAttempt = ({ attributes }: SQSRecord) => Number(attributes?.ApproximateReceiveCount ?? 1) >= queueAttempts

async function putAside({ ports, now }: World, by: string, { body: payload }: SQSRecord, { refusal, text }: Refused) {
  const said = (language: Language) => problem(refusal, text, language).detail
  const cause = { code: refusal.refusal, en: said('en'), zh: said('zh'), details: refusal.details }
  await ports.quarantine!.put({ payload, cause, by, at: now() })
  count('Quarantined', by, cause.code, now())
}

/** Counts one of something, by function and cause: CloudWatch reads the metric from this line (embedded metric format). */
function count(what: string, by: string, cause: string, now: string) {
  const metric = { Namespace: 'lotline', Dimensions: [['by', 'cause']], Metrics: [{ Name: what, Unit: 'Count' }] }
  const line = { _aws: { Timestamp: Date.parse(now), CloudWatchMetrics: [metric] }, by, cause, [what]: 1 }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
