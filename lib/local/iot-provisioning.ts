import { randomBytes } from 'node:crypto'
import type { Cloud, Resource } from './cloud.ts'
import { authorize } from './iam.ts'
import type { Operation } from './iot-operation.ts'
import type { IotRegistry } from './iot-registry.ts'
import { onlyProperties } from './properties.ts'

/** Fleet provisioning by claim: a device that shares a claim certificate gets one of its own. */
interface Provisioning {
  /** Answers a request of a client; other topics are nothing to it. */
  arrive(topic: string, payload: Buffer, client: Client): Promise<void>
}

interface Client {
  readonly clientId: string
  /** Id of the certificate that the client is connected with. */
  readonly principal: string
}

interface Context {
  readonly cloud: Cloud
  readonly registry: IotRegistry
  readonly operations: readonly Operation[]
  /** Publishes to one client only, as AWS does with these answers. */
  tell(clientId: string, topic: string, document: object): void
}

type Json = any

const CREATE = '$aws/certificates/create-from-csr/json'
const PROVISION = /^\$aws\/provisioning-templates\/([^/]+)\/provision\/json$/
const TOKEN_LIFE_MS = 3_600_000
const RESOURCES = ['AWS::IoT::Thing', 'AWS::IoT::Certificate', 'AWS::IoT::Policy']

/** Why a request is rejected, as the rejected topic tells. */
class Rejected extends Error {
  readonly statusCode: number
  readonly errorCode: string

  constructor(statusCode: number, errorCode: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.errorCode = errorCode
  }
}

/** Opens provisioning by the templates of the app; a part of a template that the local cloud does not know throws. */
export function openProvisioning({ cloud, registry, operations, tell }: Context): Provisioning {
  const templates = new Map(
    cloud.ofType('AWS::IoT::ProvisioningTemplate').map((resource) => [resource.ref, templateOf(resource)]),
  )
  /** Certificates by the token that proves who asked for them. */
  const tokens = new Map<string, { certificateId: string; expires: number }>()

  async function create(payload: Buffer): Promise<object> {
    const { certificateSigningRequest } = parse(payload)
    if (typeof certificateSigningRequest !== 'string')
      throw new Rejected(400, 'InvalidPayload', 'certificateSigningRequest is missing')
    const made = await act(operations, 'CreateCertificateFromCsr', '', { input: { certificateSigningRequest } }).catch(
      (error: Error) => {
        throw new Rejected(400, 'InvalidCsr', error.message)
      },
    )
    const { certificateId, certificatePem } = made
    await registry.set('certificate', certificateId, {
      ...registry.get('certificate', certificateId)!,
      status: 'PENDING_ACTIVATION',
    })
    const certificateOwnershipToken = randomBytes(64).toString('base64url')
    tokens.set(certificateOwnershipToken, { certificateId, expires: Date.now() + TOKEN_LIFE_MS })
    return { certificateOwnershipToken, certificateId, certificatePem }
  }

  async function provision(name: string, payload: Buffer, client: Client): Promise<object> {
    const template = templates.get(name)
    if (!template) throw new Rejected(404, 'ResourceNotFound', `no provisioning template ${name}`)
    const { certificateOwnershipToken, parameters = {} } = parse(payload)
    const owned = tokens.get(certificateOwnershipToken)
    if (!owned || owned.expires < Date.now())
      throw new Rejected(403, 'InvalidCertificateOwnershipToken', 'the certificate ownership token is not valid')
    const { certificateId, certificateArn, certificatePem } = registry.get('certificate', owned.certificateId)!
    const event = {
      claimCertificateId: client.principal,
      ...{ certificateId, certificatePem, templateArn: template.arn, clientId: client.clientId, parameters },
    }
    const overrides = await hookSays(template, event)
    const given = { ...parameters, ...overrides, 'AWS::IoT::Certificate::Id': certificateId }
    const made = fill(template.body, given)
    const as = cloud.assumed(template.role, 'provisioning')
    const call = async (operation: string, resource: string, key: string, more: Json = {}) => {
      authorize(as, `iot:${operation}`, resource)
      return act(operations, operation, key, more)
    }
    const { ThingName, ThingTypeName, AttributePayload } = made.thing
    const thing = { thingTypeName: ThingTypeName, attributePayload: { attributes: AttributePayload } }
    const arn = (resource: string) => `arn:aws:iot:${cloud.region}:${cloud.account}:${resource}`
    await call(registry.get('thing', ThingName) ? 'UpdateThing' : 'CreateThing', arn(`thing/${ThingName}`), ThingName, {
      input: thing,
    })
    await call('AttachThingPrincipal', '*', ThingName, { headers: { 'x-amzn-principal': certificateArn } })
    await call('AttachPolicy', arn(`policy/${made.policy}`), made.policy, { input: { target: certificateArn } })
    const query = new URLSearchParams({ newStatus: made.status.toUpperCase() })
    await call('UpdateCertificate', certificateArn, certificateId, { query })
    tokens.delete(certificateOwnershipToken)
    return { deviceConfiguration: made.deviceConfiguration, thingName: ThingName }
  }

  async function hookSays({ hook }: Template, event: object): Promise<Record<string, string>> {
    if (!hook) return {}
    const answer: Json = await cloud.invoke(hook, event).catch((error: Error) => {
      throw new Rejected(500, 'PreProvisioningHookFailed', error.message)
    })
    if (answer?.allowProvisioning !== true)
      throw new Rejected(403, 'AccessDenied', 'the pre-provisioning hook does not allow this device')
    return answer.parameterOverrides ?? {}
  }

  return {
    async arrive(topic, payload, client) {
      const name = PROVISION.exec(topic)?.[1]
      if (topic !== CREATE && name === undefined) return
      try {
        const answer = name === undefined ? await create(payload) : await provision(name, payload, client)
        tell(client.clientId, `${topic}/accepted`, answer)
      } catch (error) {
        const { statusCode = 500, errorCode = 'InternalError', message } = error as Rejected
        cloud.log('iot-core', `${client.clientId}: ${topic} rejected: ${message}`)
        tell(client.clientId, `${topic}/rejected`, { statusCode, errorCode, errorMessage: message })
      }
    },
  }
}

interface Template {
  readonly arn: string
  readonly role: string
  readonly hook: string | undefined
  readonly body: Json
}

function templateOf(resource: Resource): Template {
  onlyProperties(
    resource,
    ...['Description', 'Enabled', 'PreProvisioningHook', 'ProvisioningRoleArn', 'Tags'],
    ...['TemplateBody', 'TemplateName', 'TemplateType'],
  )
  const { Enabled, PreProvisioningHook, ProvisioningRoleArn, TemplateBody, TemplateType } = resource.properties
  if (TemplateType !== undefined && TemplateType !== 'FLEET_PROVISIONING')
    throw new Error(`provisioning template ${resource.ref}: the type ${TemplateType} is not implemented`)
  if (Enabled !== true) throw new Error(`provisioning template ${resource.ref} is not enabled`)
  const body = JSON.parse(TemplateBody)
  const unknown = Object.values<Json>(body.Resources).find(({ Type }) => !RESOURCES.includes(Type))
  if (unknown) throw new Error(`provisioning template ${resource.ref}: ${unknown.Type} is not implemented`)
  return {
    arn: resource.attributes.TemplateArn!,
    role: ProvisioningRoleArn,
    hook: PreProvisioningHook?.TargetArn,
    body,
  }
}

/** The resources of a template with its parameters put in; a parameter without a value rejects the request. */
function fill(body: Json, given: Readonly<Record<string, string>>) {
  const filled = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(filled)
    if (typeof value !== 'object' || value === null) return value
    if (!('Ref' in value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, filled(part)]))
    const found = given[value.Ref] ?? body.Parameters?.[value.Ref]?.Default
    if (found === undefined)
      throw new Rejected(400, 'InvalidParameters', `the parameter ${value.Ref} of the template has no value`)
    return found
  }
  const ofType = (type: string): Json => {
    const found = Object.values<Json>(body.Resources).find(({ Type }) => Type === type)
    return filled(found?.Properties ?? {})
  }
  return {
    thing: ofType('AWS::IoT::Thing'),
    policy: ofType('AWS::IoT::Policy').PolicyName as string,
    status: (ofType('AWS::IoT::Certificate').Status ?? 'Inactive') as string,
    deviceConfiguration: filled(body.DeviceConfiguration ?? {}),
  }
}

function parse(payload: Buffer): Json {
  try {
    return JSON.parse(payload.toString('utf8')) ?? {}
  } catch {
    throw new Rejected(400, 'InvalidPayload', 'the payload is not JSON')
  }
}

/** Runs an operation of the control plane. */
function act(operations: readonly Operation[], name: string, key: string, more: Json): Json {
  const operation = operations.find((one) => one.name === name)!
  return operation.run(key, { query: new URLSearchParams(), headers: {}, input: {}, ...more })
}
