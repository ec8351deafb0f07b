import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cloud, LocalPage, Resource, WireService } from '../../lib/local/cloud.ts'

// biome-ignore lint/suspicious/noExplicitAny: events and template properties are untyped JSON
type Json = any

/** A cloud whose functions and queues are plain test functions; everything it was asked to do is recorded. */
export interface FakeCloud extends Cloud {
  readonly wires: Map<string, WireService>
  readonly sent: { queueArn: string; body: string }[]
  readonly objects: { bucket: string; key: string; body: string | Buffer }[]
  readonly invoked: { functionArn: string; event: Json }[]
  readonly logs: string[]
  readonly principal: { name: string; arn: string; statements: readonly unknown[] }
  remove(): void
}

/** The answers of the fake; what is left out succeeds with `undefined`. */
export interface FakeAnswers {
  readonly data?: string
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
    principal: { name: 'test', arn: 'arn:aws:iam::000000000000:role/test', statements: [] },
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
    wire: (name, service) => wires.set(name, service),
    page: (path, page) => pages.set(path, page),
    remove: () => rmSync(data, { recursive: true, force: true }),
  }
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
