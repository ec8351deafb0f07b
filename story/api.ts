import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** JSON of the API; its shapes stand in openapi.json. */
export type Json = Record<string, any>

/** One fact that a command recorded. */
export interface Fact {
  readonly type: string
  readonly id: string
  readonly data: Json
}

/** A no of the API: its RFC 9457 problem document. */
export class Problem extends Error {
  readonly status: number
  readonly code: string

  constructor(operation: string, problem: Json) {
    const errors = (problem.errors ?? []).map(({ field, rule }: Json) => `${field} ${rule}`)
    super(`${operation}: ${problem.status} ${problem.code}: ${[problem.detail, ...errors].join(' ')}`)
    this.status = problem.status
    this.code = problem.code
  }
}

/** Somebody of the factory, who works with a token of their own. */
export interface Person {
  readonly name: string
  /**
   * Sends a command and gives its facts. `what` names the thing it is about: operation and thing together are the
   * idempotency key, so that a day that was interrupted can be played again from its start and nothing happens twice.
   */
  does(operation: string, what: string, input: Json): Promise<readonly Fact[]>
  /** Sends a query. */
  asks(operation: string, input: Json): Promise<Json>
}

/** The API as its clients see it. */
export interface Api {
  person(name: string, groups: readonly string[], sites?: readonly string[]): Person
  /** Facts recorded so far through this client, repeats included. */
  recorded(): number
}

interface Operation {
  readonly method: string
  readonly path: string
  readonly inQuery: ReadonlySet<string>
}

/** Requests on their way at the same time; more would only wait in the machine. */
const atOnce = 8
/** Attempts when the machine failed, is throttling or others keep changing the same records. */
const attempts = 5

/** Opens the API at a base URL such as `http://127.0.0.1:4600`; everything it does can be ended by the signal. */
export function openApi(url: string, signal: AbortSignal): Api {
  const operations = readOperations()
  const turn = turns(atOnce)
  let recorded = 0

  const send = async (token: Promise<string>, operation: string, input: Json, key?: string): Promise<Json> => {
    const found = operations.get(operation)
    if (!found) throw new Error(`openapi.json has no operation ${operation}; run "npm run generate"`)
    const { target, body } = requestOf(found, input)
    const headers = {
      authorization: `Bearer ${await token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    }
    for (let attempt = 1; ; attempt++) {
      const answer = await turn(() =>
        fetch(`${url}/v1${target}`, { method: found.method, headers, signal, ...(body && { body }) }),
      )
      const json = (await answer.json()) as Json
      if (answer.ok) return json
      const problem = new Problem(operation, { status: answer.status, code: 'unknown', detail: json.message, ...json })
      const passing = problem.status >= 500 || problem.status === 429 || problem.code === 'too-busy'
      if (!passing || attempt === attempts) throw problem
      await pause(50 * 2 ** attempt, undefined, { signal })
    }
  }

  return {
    recorded: () => recorded,
    person: (name, groups, sites = ['*']) => {
      let token: Promise<string> | undefined
      const signIn = () => {
        token ??= turn(() => tokenFor(url, { name, groups, sites }, signal))
        return token
      }
      return {
        name,
        asks: (operation, input) => send(signIn(), operation, input),
        does: async (operation, what, input) => {
          const { facts } = await send(signIn(), operation, input, `story.${operation}.${what}`)
          recorded += facts.length
          return facts
        },
      }
    },
  }
}

/** The fact of one type among those that a command recorded. */
export function factOf(facts: readonly Fact[], type: string): Fact {
  const found = facts.find((fact) => fact.type === type)
  if (!found) throw new Error(`no ${type} was recorded, only ${facts.map((fact) => fact.type).join(', ')}`)
  return found
}

/** Asks again and again until there is an answer; what did not come in time is an error that names it. */
export async function until<T>(
  what: string,
  seconds: number,
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`${what}: not so after ${seconds} s`)
    await pause(50, undefined, { signal })
  }
}

function readOperations(): ReadonlyMap<string, Operation> {
  const document: Json = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'))
  const entries = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, { operationId, parameters = [] }]): [string, Operation] => {
      const query = parameters.filter((one: Json) => one.in === 'query').map(({ name }: Json) => name)
      return [operationId, { method: method.toUpperCase(), path, inQuery: new Set(query) }]
    }),
  )
  return new Map(entries)
}

/** Puts each field of the input where the API document wants it: path, query or body. */
function requestOf({ method, path, inQuery }: Operation, input: Json): { target: string; body: string | undefined } {
  const rest = { ...input }
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest[name]))
    delete rest[name]
    return value
  })
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(Object.fromEntries(fields.filter(([name]) => inQuery.has(name))))
  const body = Object.fromEntries(fields.filter(([name]) => !inQuery.has(name)))
  return {
    target: query.size > 0 ? `${filled}?${query}` : filled,
    body: method === 'GET' ? undefined : JSON.stringify(body),
  }
}

async function tokenFor(url: string, person: Json, signal: AbortSignal): Promise<string> {
  const answer = await fetch(`${url}/_local/token`, { method: 'POST', body: JSON.stringify(person), signal })
  const { token, detail } = (await answer.json()) as Json
  if (!token) throw new Error(`no token for ${person.name}: ${detail}`)
  return token
}

/** Lets at most `most` run at the same time; the others wait for their turn, first come first served. */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      return await work()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
