import type { Cloud } from './cloud.ts'
import type { Authority } from './iot-authority.ts'
import type { IotRegistry } from './iot-registry.ts'
import { WireError } from './wire-error.ts'

type Json = any

/** What the control plane works on. */
export interface ControlContext {
  readonly cloud: Cloud
  readonly authority: Authority
  readonly registry: IotRegistry
  readonly policyNames: ReadonlySet<string>
  readonly thingTypes: ReadonlySet<string>
  /** Called when a certificate may no longer connect. */
  deactivated(certificateId: string): void
}

/** One operation of the control plane's REST protocol. */
export interface Operation {
  readonly name: string
  readonly method: string
  readonly path: RegExp
  /** The resource that IAM checks, without the ARN's head; `*` for all. */
  resource(key: string, call: CallData): string
  run(key: string, call: CallData): Promise<Json> | Json
}

/** What an operation sees of a call. */
export interface CallData {
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly input: Json
}

/** The certificate id in a certificate's ARN. */
export function idOf(certificateArn: unknown): string {
  return String(certificateArn).split(':cert/')[1] ?? ''
}

/** AWS's 404. */
export function missing(message: string): never {
  throw new WireError(404, 'ResourceNotFoundException', message)
}

/** AWS's 400. */
export function invalid(message: string): never {
  throw new WireError(400, 'InvalidRequestException', message)
}
