import type { Cloud, Permission, WireAnswer, WireCall, WireService } from './cloud.ts'
import { certificateOperations } from './iot-certificates.ts'
import type { CallData, ControlContext, Operation } from './iot-operation.ts'
import { thingOperations } from './iot-things.ts'
import { WireError } from './wire-error.ts'

/** Every operation of the control plane that the local IoT Core has. */
export const controlOperations = (context: ControlContext): Operation[] => [
  ...thingOperations(context),
  ...certificateOperations(context),
]

/** The control plane of IoT Core for the SDK's `client-iot`. */
export function iotControl({ region, account }: Cloud, operations: readonly Operation[]): WireService {
  const arnHead = `arn:aws:iot:${region}:${account}:`
  return {
    authorize(call): Permission[] {
      const { operation, key } = find(operations, call)
      const resource = operation.resource(key, callData(call))
      const arn = resource === '*' || resource.startsWith('arn:') ? resource : arnHead + resource
      return [{ action: `iot:${operation.name}`, resource: arn }]
    },
    async answer(call): Promise<WireAnswer> {
      const { operation, key } = find(operations, call)
      const output = await operation.run(key, callData(call))
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(output ?? {}) }
    },
  }
}

function find(operations: readonly Operation[], { method, path }: Pick<WireCall, 'method' | 'path'>) {
  for (const operation of operations) {
    const [found, key = ''] = (operation.method === method && operation.path.exec(path)) || []
    if (found) return { operation, key: decodeURIComponent(key) }
  }
  throw new WireError(404, 'UnknownOperationException', `the local IoT Core has no operation ${method} ${path}`)
}

function callData({ query, headers, body }: Pick<WireCall, 'query' | 'headers' | 'body'>): CallData {
  return { query, headers, input: body.length > 0 ? JSON.parse(body.toString('utf8')) : {} }
}
