import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { GatewayError } from './gateway-response.ts'
import { BodyTooLarge, readBody } from './local-page.ts'

const LARGEST_PAYLOAD = 10 * 1024 * 1024
const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** An HTTP answer before it is sent. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string | Buffer
}

/** Reads a request's body, decompressed where the API takes gzip; throws the gateway's 413 above 10 MB, its 400 when broken. */
export async function readPayload(request: IncomingMessage, takesGzip: boolean): Promise<Buffer> {
  const tooLarge = () => new GatewayError('REQUEST_TOO_LARGE', 'Request Too Long')
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_PAYLOAD) {
    request.resume()
    throw tooLarge()
  }
  const bytes = await readBody(request, LARGEST_PAYLOAD).catch((error) => {
    if (error instanceof BodyTooLarge) throw tooLarge()
    throw new GatewayError('DEFAULT_4XX', 'Bad Request')
  })
  if (!takesGzip || request.headers['content-encoding'] !== 'gzip') return bytes
  return decompress(bytes, { maxOutputLength: LARGEST_PAYLOAD }).catch((error) => {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new GatewayError('DEFAULT_4XX', 'Bad Request')
  })
}

/** An API with a minimum compression size answers large bodies with gzip to who accepts it. */
export async function compressed(answer: Answer, request: IncomingMessage, from: number | undefined): Promise<Answer> {
  const accepts = /\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))
  if (from === undefined || !accepts || answer.headers['content-encoding'] || Buffer.byteLength(answer.body) < from)
    return answer
  const headers = { ...answer.headers, 'content-encoding': 'gzip' }
  return { status: answer.status, headers, body: await compress(answer.body, { level: 1 }) }
}
