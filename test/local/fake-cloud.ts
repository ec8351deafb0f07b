import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cloud, LocalPage, Resource, WireCall, WireService } from '../../lib/local/cloud.ts'
import { Journal } from '../../lib/local/journal.ts'
import { errorAnswer, WireError } from '../../lib/local/wire-error.ts'

type Json = any

/** A cloud whose functions and queues are plain test functions; everything it was asked to do is recorded. */
export interface FakeCloud extends Cloud {
  readonly wires: Map<string, WireService>
  readonly sent: { queueArn: string; body: string }[]
  readonly objects: { bucket: string; key: string; body: string | Buffer }[]
  readonly invoked: { functionArn: string; event: Json }[]
  readonly logs: string[]
  /** What each SDK call needed, e.g. `iot:CreateThing arn:…`. */
  readonly permissions: string[]
  remove(): void
}

/** The answers of the fake; what is left out succeeds with `undefined`. */
export interface FakeAnswers {
  readonly data?: string
  /** The only resource that roles of the app may use; everything without it. */
  readonly roleMayUse?: string
  invoke?(functionArn: string, event: Json): Promise<unknown>
  send?(queueArn: string, body: string): Promise<void>
}

export function fakeCloud(port: number, resources: readonly Resource[], answers: FakeAnswers = {}): FakeCloud {
  const data = answers.data ?? mkdtempSync(join(tmpdir(), 'lotline-'))
  const pages = new Map<string, LocalPage>()
  const wires = new Map<string, WireService>()
  const sent: FakeCloud['sent'] = []
  const objects: FakeCloud['objects'] = []
  const invoked: FakeCloud['invoked'] = []
  const logs: string[] = []
  return {
    region: 'eu-central-1',
    account: '000000000000',
    data,
    port,
    seed: 1,
    resources,
    pages,
    wires,
    sent,
    objects,
    invoked,
    logs,
    permissions: [],
    ofType: (type) => resources.filter((one) => one.type === type),
    find(arnOrRef) {
      const found = resources.find((one) => one.ref === arnOrRef || one.attributes.Arn === arnOrRef)
      if (!found) throw new Error(`no resource ${arnOrRef}`)
      return found
    },
    asset: (key) => {
      throw new Error(`no asset ${key}`)
    },
    log: (service, message) => logs.push(`${service}: ${message}`),
    async invoke(functionArn, event) {
      invoked.push({ functionArn, event })
      return answers.invoke?.(functionArn, event)
    },
    async send(queueArn, body) {
      await answers.send?.(queueArn, body)
      sent.push({ queueArn, body })
    },
    async putObject(bucket, key, body) {
      objects.push({ bucket, key, body })
    },
    async invokeLater(functionArn, event) {
      invoked.push({ functionArn, event })
      await answers.invoke?.(functionArn, event)
    },
    startExecution: () => notFaked('startExecution'),
    putEvents: () => notFaked('putEvents'),
    dynamodb: () => notFaked('dynamodb'),
    accessKey: () => notFaked('accessKey'),
    signer: () => undefined,
    random: () => () => 0.5,
    assumed: (roleArn, session) => ({
      name: session,
      arn: roleArn,
      statements: [{ Effect: 'Allow', Action: '*', Resource: answers.roleMayUse ?? '*' }],
    }),
    journal: new Journal(join(data, 'journal.jsonl')),
    wire: (name, service) => wires.set(name, service),
    wired: (name) => wires.get(name),
    page: (path, page) => pages.set(path, page),
    remove: () => rmSync(data, { recursive: true, force: true }),
  }
}

function notFaked(what: string): never {
  throw new Error(`the fake cloud has no ${what}`)
}

/** An SDK endpoint without signatures, on the cloud's port + 1. */
export function serveWire(cloud: FakeCloud): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url!, 'http://localhost')
    const service = /\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const call: WireCall = {
      service,
      operation: String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1)!,
      method: request.method!,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks),
      principal: { name: 'test', arn: 'arn:aws:iam::000000000000:role/test', statements: [] },
    }
    try {
      const answerer = cloud.wires.get(service)!
      for (const { action, resource } of answerer.authorize(call)) cloud.permissions.push(`${action} ${resource}`)
      const answer = await answerer.answer(call)
      response.writeHead(answer.status, answer.headers).end(answer.body)
    } catch (error) {
      if (!(error instanceof WireError)) console.error(error)
      const known = error instanceof WireError ? error : new WireError(500, 'InternalFailure', String(error))
      const answer = errorAnswer(call.operation ? 'json' : 'rest-json', known)
      response.writeHead(answer.status, answer.headers).end(answer.body)
    }
  })
  return new Promise((resolve) => server.listen(cloud.port + 1, '127.0.0.1', () => resolve(server)))
}

/** A resource of the template with its intrinsics resolved. */
export function resource(
  type: string,
  ref: string,
  properties: Record<string, Json> = {},
  attributes: Record<string, string> = {},
): Resource {
  return { stack: 'test', logicalId: ref.replace(/\W/g, ''), type, properties, ref, attributes }
}
