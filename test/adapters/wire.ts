import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach } from 'vitest'

/** A request as the SDK put it on the wire. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** `X-Amz-Target` of the JSON protocols, else method and path. */
  readonly operation: string
  /** The body as it came, and read as JSON where it is some. */
  readonly text: string
  readonly body: any
}

export type Reply = (seen: Seen) => { readonly status?: number; readonly error?: string; readonly body?: unknown }

/** A server that the SDK takes for AWS from now on: it records what is sent and answers as told. */
export async function stubAws() {
  const stub: { seen: Seen[]; reply: Reply } = { seen: [], reply: () => ({ body: {} }) }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const { method = '', url: path = '', headers } = request
    const target = headers['x-amz-target']
    const operation = typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : `${method} ${path}`
    const seen = { method, path, headers, operation, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
    stub.seen.push(seen)
    const { status = 200, error, body = {} } = stub.reply(seen)
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      ...(error ? { 'x-amzn-errortype': error } : {}),
    })
    response.end(JSON.stringify(error ? { __type: error, message: error, ...(body as object) } : body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
  beforeEach(() => {
    stub.seen = []
    stub.reply = () => ({ body: {} })
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return stub
}
