import type { Cloud, WireAnswer, WireService } from './cloud.ts'
import { ShadowRefused } from './iot-shadow-document.ts'
import type { Shadows } from './iot-shadows.ts'
import { WireError } from './wire-error.ts'

const LARGEST_PAYLOAD = 128 * 1024
const CODES: Readonly<Record<number, string>> = {
  400: 'InvalidRequestException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  413: 'RequestEntityTooLargeException',
}

/** The data plane of IoT Core for the SDK's `client-iot-data-plane`: publish, and the classic shadow of a thing. */
export function iotData(
  cloud: Cloud,
  shadows: Shadows,
  publish: (message: {
    topic: string
    payload: Buffer
    qos: 0 | 1
    retain: boolean
    principal: string
  }) => Promise<void>,
): WireService {
  const arnHead = `arn:aws:iot:${cloud.region}:${cloud.account}:`
  return {
    authorize(call) {
      const { kind, name } = target(call)
      if (kind === 'topics') return [{ action: 'iot:Publish', resource: `${arnHead}topic/${name}` }]
      const action = { GET: 'iot:GetThingShadow', POST: 'iot:UpdateThingShadow', DELETE: 'iot:DeleteThingShadow' }[
        call.method
      ]
      if (!action) unknown(call)
      return [{ action, resource: `${arnHead}thing/${name}` }]
    },
    async answer(call): Promise<WireAnswer> {
      const { kind, name } = target(call)
      if (kind === 'shadow' && call.query.has('name')) unknown({ ...call, path: `${call.path} of a named shadow` })
      if (kind === 'shadow') return json(await shadows.request(name, verbOf(call.method), call.body).catch(refused))
      if (call.body.length > LARGEST_PAYLOAD)
        throw new WireError(413, 'RequestEntityTooLargeException', `${call.body.length} bytes; 128 KB is the limit`)
      const qos = call.query.get('qos') === '1' ? 1 : 0
      const retain = call.query.get('retain') === 'true'
      await publish({ topic: name, payload: call.body, qos, retain, principal: call.principal.arn })
      return json({})
    },
  }
}

function target(call: { method: string; path: string }): { kind: 'topics' | 'shadow'; name: string } {
  const [, topic] = (call.method === 'POST' && /^\/topics\/(.+)$/s.exec(call.path)) || []
  if (topic) return { kind: 'topics', name: decodeURIComponent(topic) }
  const [, thing] = /^\/things\/([^/]+)\/shadow$/.exec(call.path) ?? []
  if (thing) return { kind: 'shadow', name: decodeURIComponent(thing) }
  return unknown(call)
}

function verbOf(method: string): 'get' | 'update' | 'delete' {
  return method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : 'update'
}

function unknown({ method, path }: { method: string; path: string }): never {
  throw new WireError(404, 'UnknownOperationException', `the local IoT data plane has no operation ${method} ${path}`)
}

function refused(error: unknown): never {
  if (!(error instanceof ShadowRefused)) throw error
  throw new WireError(error.code, CODES[error.code] ?? 'InvalidRequestException', error.message)
}

function json(value: unknown): WireAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
