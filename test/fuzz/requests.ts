import type { Role } from '../../lib/kit/command.ts'
import type { Call } from '../cloud/door.ts'
import type { People } from '../cloud/people.ts'
import { Bodies, type Pool } from './bodies.ts'
import type { Chance } from './chance.ts'
import { spoil } from './spoiling.ts'
import type { BadTokens } from './tokens.ts'

type Json = any

/** One operation of the API document. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly roles: readonly Role[]
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Json }[]
  readonly schema: Json | undefined
  readonly examples: readonly Json[]
  /** Statuses that the document names. */
  readonly statuses: ReadonlySet<number>
  /** People open it in a browser: whoever asks for HTML is refused by a page. */
  readonly isPage: boolean
}

/** A request and what is known beforehand of its answer. */
export interface Attempt {
  /** The operation it is meant for; undefined where it is meant for none. */
  readonly operation: Operation | undefined
  readonly how: string
  readonly call: Call
  /** The only right statuses, where the request tells. */
  readonly expect?: readonly number[]
}

export function operationsOf(document: Json): Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]) => {
      const media = operation.requestBody?.content?.['application/json']
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        roles: operation['x-lotline-roles'],
        parameters: operation.parameters,
        schema: media?.schema,
        examples: Object.values<Json>(media?.examples ?? {}).map(({ value }) => value),
        statuses: new Set(Object.keys(operation.responses).map(Number)),
        isPage: operation.responses['200']?.content?.['text/html'] !== undefined,
      }
    }),
  )
}

const oddSegments = [
  '',
  '%00',
  '%zz',
  '..',
  '%2e%2e%2f',
  '%F0%9F%8F%AD',
  'a'.repeat(3000),
  'lot_1',
  '{lotId}',
  '*',
  '%20',
  '__proto__',
]
const oddQueries = [
  '?',
  '?a=1',
  '?cursor=',
  '?cursor=eyJ4Ijox',
  '?cursor=bnVsbA',
  '?status=%00',
  '?status=open&status=open',
  '?__proto__=1',
  '?constructor',
  '?page=1e400',
  '?page=-1',
  '?direction=sideways',
  `?x=${'y'.repeat(4000)}`,
]
const oddKeys = ['', ' ', 'ключ'.normalize(), 'x'.repeat(129), '#', 'a b', 'REQUEST#x']
const oddHeaders: readonly Record<string, string>[] = [
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/xml' },
  { 'content-type': '' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-encoding': 'gzip' },
  { accept: 'text/html' },
  { 'accept-language': 'zh-CN;q=0.9, *' },
  { 'accept-language': 'x'.repeat(2000) },
  { 'x-forwarded-for': '127.0.0.1', 'x-amzn-requestid': 'forged' },
  { 'x-http-method-override': 'DELETE' },
]

/** Makes requests of all kinds for the operations of the document; the same seed makes the same ones. */
export class Requests {
  private readonly bodies: Bodies
  private readonly chance: Chance
  private readonly pool: Pool
  private readonly operations: readonly Operation[]
  private readonly people: People
  private readonly tokens: BadTokens
  private turn = 0

  constructor(operations: readonly Operation[], people: People, tokens: BadTokens, pool: Pool, chance: Chance) {
    this.operations = operations
    this.people = people
    this.tokens = tokens
    this.pool = pool
    this.chance = chance
    this.bodies = new Bodies(chance, pool)
  }

  /** The next request; every operation gets its turn. */
  next(): Attempt {
    const operation = this.operations[this.turn++ % this.operations.length]!
    const roll = this.chance.next()
    if (roll < 0.45) return this.fitting(operation)
    if (roll < 0.76) return operation.schema ? this.spoiledBody(operation) : this.oddQuery(operation)
    const byLink = operation.roles.length === 0
    if (roll < 0.81) return byLink ? this.fitting(operation) : this.badToken(operation)
    if (roll < 0.85) return byLink ? this.fitting(operation) : this.wrongRole(operation)
    if (roll < 0.91) return this.oddPath(operation)
    if (roll < 0.93) return this.oddQuery(operation)
    if (roll < 0.97) return this.oddHeader(operation)
    return this.noSuchRoute(operation)
  }

  /** A request that should be let through to the function of an operation. */
  fitting(operation: Operation): Attempt & { body: Json } {
    const { chance } = this
    const body =
      operation.schema === undefined
        ? undefined
        : operation.examples.length > 0 && chance.happens(0.6)
          ? this.bodies.fromExample(chance.pick(operation.examples))
          : this.bodies.fromSchema(operation.schema)
    const call: Call = {
      method: operation.method,
      path: this.pathOf(operation),
      ...(operation.roles.length > 0 ? { token: this.people.token(chance.pick(operation.roles)) } : {}),
      body,
    }
    return { operation, how: 'fitting', call, body }
  }

  private pathOf({ path, parameters }: Operation, segment?: string): string {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (segment !== undefined) return segment
      const { schema } = parameters.find((one) => one.name === name)!
      const value =
        name === 'nodeId'
          ? this.pool.pick(this.chance.pick(['lot', 'ord', 'eqp', 'pch']), this.chance)
          : this.bodies.fromSchema(schema)
      return encodeURIComponent(value)
    })
    const query = parameters
      .filter((one) => one.in === 'query' && (one.required || this.chance.happens(0.4)))
      .map(({ name, schema }) => `${name}=${encodeURIComponent(this.bodies.fromSchema(schema))}`)
    return query.length > 0 ? `${filled}?${query.join('&')}` : filled
  }

  private spoiledBody(operation: Operation): Attempt {
    const { call, body } = this.fitting(operation)
    const spoiled = spoil(body, this.chance)
    const expect = spoiled.expect === undefined ? {} : { expect: [spoiled.expect] }
    return { operation, how: spoiled.how, call: { ...call, body: spoiled.body }, ...expect }
  }

  private badToken(operation: Operation): Attempt {
    const [how, authorization] = this.chance.pick(this.tokens)
    const { call } = this.fitting(operation)
    const { token: _, ...rest } = call
    const headers: Call['headers'] = authorization === undefined ? {} : { authorization }
    return { operation, how: `token: ${how}`, call: { ...rest, headers }, expect: [401] }
  }

  private wrongRole(operation: Operation): Attempt {
    const all: Role[] = ['admin', 'purchasing', 'production', 'quality', 'warehouse', 'logistics', 'service', 'auditor']
    const others = all.filter((role) => !operation.roles.includes(role))
    const { call } = this.fitting(operation)
    if (others.length === 0) return { operation, how: 'fitting', call }
    return {
      operation,
      how: 'wrong role',
      call: { ...call, token: this.people.token(this.chance.pick(others)) },
      // The gateway looks at the body before the function looks at the role.
      expect: [403, 400],
    }
  }

  private oddPath(operation: Operation): Attempt {
    const { call } = this.fitting(operation)
    const segment = this.chance.pick(oddSegments)
    // Without a value for its parameter the path is another route, or none.
    const meant = segment === '' && operation.path.includes('{') ? undefined : operation
    return { operation: meant, how: 'odd path', call: { ...call, path: this.pathOf(operation, segment) } }
  }

  private oddQuery(operation: Operation): Attempt {
    const { call } = this.fitting(operation)
    const path = call.path.split('?', 1)[0] + this.chance.pick(oddQueries)
    return { operation, how: 'odd query', call: { ...call, path } }
  }

  private oddHeader(operation: Operation): Attempt {
    const { call } = this.fitting(operation)
    const headers = this.chance.happens(0.4)
      ? { 'idempotency-key': Buffer.from(this.chance.pick(oddKeys)).toString('latin1') }
      : this.chance.pick(oddHeaders)
    return { operation, how: `header ${Object.keys(headers)[0]}`, call: { ...call, headers } }
  }

  private noSuchRoute(operation: Operation): Attempt {
    const { call } = this.fitting(operation)
    const method = this.chance.pick(['PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])
    const path = this.chance.pick([
      call.path,
      '/',
      '//',
      '/nope',
      `${call.path.split('?', 1)[0]}/more`,
      call.path.toUpperCase(),
    ])
    const { body: _, ...rest } = call
    return { operation: undefined, how: 'no such route', call: { ...rest, method, path } }
  }
}
