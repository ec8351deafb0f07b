import { type AwsRequest, ask, call, type JsonService, type Service } from './aws-call.ts'
import { escaped, type Method } from './signature.ts'

/** What the SDK knows of an operation: its name, its traits, and the members of what is asked and answered. */
type Schema = readonly [kind: number, namespace: string, operation: string, traits: any, input: Shape, output: Shape]
type Shape = Members | (() => Members | 'unit')
type Members = readonly [
  kind: number,
  namespace: string,
  name: string,
  traits: any,
  names: string[],
  members: unknown[],
]

/** Of a command of the SDK only this matters here. */
interface Asked {
  readonly input: Readonly<Record<string, unknown>>
  readonly schema: Schema
}

/** A client of the SDK, as far as adapters use one. */
interface Client {
  send: unknown
}

/** Takes the commands of the SDK's client `C` for a service that speaks JSON; times stay as they are on the wire. */
export const jsonClient = <C extends Client>(service: JsonService) =>
  ({
    send({ input, schema: [, , operation] }: Asked) {
      return call(service, operation, input)
    },
  }) as unknown as Pick<C, 'send'>

/** The same for a service whose operations are methods of paths. */
export const restClient = <C extends Client>(service: Service) =>
  ({
    async send({ input, schema }: Asked) {
      const text = await ask(service, requestOf(schema, input))
      const [payload] = membersOf(schema[5]).find(([, traits]) => traits === asBody) ?? []
      if (payload) return { [payload]: Buffer.from(text) }
      return text === '' ? {} : JSON.parse(text)
    },
  }) as unknown as Pick<C, 'send'>

/** The SDK's numbers for members that stand in the path, and for one that is the body. */
const [inPath, asBody] = [1, 16]

function membersOf(shape: Shape): [name: string, traits: any][] {
  const one = typeof shape === 'function' ? shape() : shape
  const [names, members] = one === 'unit' ? [[], []] : [one[4], one[5]]
  return names.map((name, index) => {
    const member = members[index]
    return [name, Array.isArray(member) && member.length === 2 ? member[1] : 0]
  })
}

function requestOf([, , , { http }, shape]: Schema, input: Asked['input']): AwsRequest {
  const [method, route] = http as [Method, string]
  let path = route
  let body: unknown
  const rest: Record<string, unknown> = {}
  const query: Record<string, string> = {}
  const headers: Record<string, string> = {}
  for (const [name, traits] of membersOf(shape)) {
    const value = input[name]
    if (value === undefined) continue
    if (traits === inPath) path = path.replace(`{${name}}`, escaped(String(value)))
    else if (traits === asBody) body = value
    else if (traits?.httpQuery) query[traits.httpQuery] = String(value)
    else if (traits?.httpHeader) headers[traits.httpHeader] = String(value)
    else rest[name] = value
  }
  const sorted = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...{ method, path },
    query: sorted.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&'),
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : method === 'GET' ? '' : JSON.stringify(rest),
  }
}
