import { randomUUID } from 'node:crypto'
import type { Cloud, Permission, WireAnswer, WireCall, WireService } from './cloud.ts'
import type { Authority } from './iot-authority.ts'
import type { Certificate, IotRegistry, Thing } from './iot-registry.ts'
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

interface Operation {
  readonly name: string
  readonly method: string
  readonly path: RegExp
  /** The resource that IAM checks, without the ARN's head; `*` for all. */
  resource(key: string, call: CallData): string
  run(key: string, call: CallData): Promise<Json> | Json
}

interface CallData {
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly input: Json
}

const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/
const CERTIFICATE_STATES = ['ACTIVE', 'INACTIVE', 'REVOKED']

/** The control plane of IoT Core for the SDK's `client-iot`. */
export function iotControl(context: ControlContext): WireService {
  const operations = [...thingOperations(context), ...certificateOperations(context)]
  const arnHead = `arn:aws:iot:${context.cloud.region}:${context.cloud.account}:`
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

function thingOperations({ cloud, registry, thingTypes }: ControlContext): Operation[] {
  const arnOf = (name: string) => `arn:aws:iot:${cloud.region}:${cloud.account}:thing/${name}`
  const existing = (name: string) => registry.get('thing', name) ?? missing(`Thing ${name} not found`)
  const principals = (name: string) => registry.get('principals', name) ?? []
  const ofThing = (method: string, name: string, run: Operation['run']): Operation => {
    return { name, method, path: /^\/things\/([^/]+)$/, resource: (key) => `thing/${key}`, run }
  }
  const checkType = (name: unknown) => {
    if (name !== undefined && !thingTypes.has(String(name))) missing(`Thing type ${name} not found`)
  }

  return [
    ofThing('POST', 'CreateThing', async (thingName, { input }) => {
      if (!THING_NAME.test(thingName))
        invalid(`thing name ${JSON.stringify(thingName)} must match ${THING_NAME.source}`)
      checkType(input.thingTypeName)
      const wanted = { attributes: attributesOf(input.attributePayload), thingTypeName: input.thingTypeName }
      const before = registry.get('thing', thingName)
      if (before && !sameThing(before, wanted)) {
        const message = `Thing ${thingName} already exists in account with different properties`
        throw new WireError(409, 'ResourceAlreadyExistsException', message)
      }
      const thing: Thing = before ?? { thingName, thingId: randomUUID(), version: 1, ...wanted }
      if (!before) await registry.set('thing', thingName, thing)
      return { thingName, thingArn: arnOf(thingName), thingId: thing.thingId }
    }),
    ofThing('GET', 'DescribeThing', (name) => {
      return { ...existing(name), thingArn: arnOf(name), defaultClientId: name }
    }),
    ofThing('PATCH', 'UpdateThing', async (name, { input }) => {
      const thing = existing(name)
      if (input.expectedVersion !== undefined && input.expectedVersion !== thing.version)
        throw new WireError(409, 'VersionConflictException', `Thing ${name} is at version ${thing.version}`)
      checkType(input.thingTypeName)
      const { thingTypeName, ...rest } = thing
      const type = input.removeThingType === true ? undefined : (input.thingTypeName ?? thingTypeName)
      const kept = input.attributePayload === undefined || input.attributePayload.merge ? thing.attributes : {}
      await registry.set('thing', name, {
        ...rest,
        ...(type && { thingTypeName: type }),
        attributes: attributesOf({
          attributes: { ...kept, ...input.attributePayload?.attributes },
        }),
        version: thing.version + 1,
      })
    }),
    ofThing('DELETE', 'DeleteThing', async (name, { query }) => {
      const thing = registry.get('thing', name)
      const expected = query.get('expectedVersion')
      if (thing && expected !== null && Number(expected) !== thing.version)
        throw new WireError(409, 'VersionConflictException', `Thing ${name} is at version ${thing.version}`)
      if (principals(name).length > 0) invalid(`Thing ${name} still has principals attached; detach them first`)
      if (thing) await registry.set('thing', name, undefined)
    }),
    {
      name: 'AttachThingPrincipal',
      method: 'PUT',
      path: /^\/things\/([^/]+)\/principals$/,
      resource: (_, { headers }) => headers['x-amzn-principal'] ?? '*',
      async run(name, { headers }) {
        existing(name)
        const arn = headers['x-amzn-principal'] ?? ''
        if (!registry.get('certificate', idOf(arn))) missing(`Principal ${arn} not found`)
        if (!principals(name).includes(arn)) await registry.set('principals', name, [...principals(name), arn])
      },
    },
    {
      name: 'DetachThingPrincipal',
      method: 'DELETE',
      path: /^\/things\/([^/]+)\/principals$/,
      resource: (_, { headers }) => headers['x-amzn-principal'] ?? '*',
      async run(name, { headers }) {
        existing(name)
        const left = principals(name).filter((arn) => arn !== headers['x-amzn-principal'])
        await registry.set('principals', name, left.length > 0 ? left : undefined)
      },
    },
    {
      name: 'ListThingPrincipals',
      method: 'GET',
      path: /^\/things\/([^/]+)\/principals$/,
      resource: (name) => `thing/${name}`,
      run(name) {
        existing(name)
        return { principals: principals(name) }
      },
    },
  ]
}

function certificateOperations({ cloud, authority, registry, policyNames, deactivated }: ControlContext): Operation[] {
  const existing = (id: string) => registry.get('certificate', id) ?? missing(`Certificate ${id} not found`)
  const attached = (target: string) => registry.get('policies', target) ?? []
  const ofCertificate = (method: string, name: string, run: Operation['run']): Operation => {
    return { name, method, path: /^\/certificates\/([^/]+)$/, resource: (id) => `cert/${id}`, run }
  }
  const ofPolicy = (method: string, name: string, run: Operation['run']): Operation => {
    return { name, method, path: /^\/target-policies\/([^/]+)$/, resource: (_, { input }) => input.target ?? '*', run }
  }

  return [
    {
      name: 'CreateCertificateFromCsr',
      method: 'POST',
      path: /^\/certificates$/,
      resource: () => '*',
      async run(_, { input, query }) {
        const issued = await authority.issueDevice(String(input.certificateSigningRequest)).catch((error: Error) => {
          return invalid(`The certificate signing request is not valid: ${error.message}`)
        })
        const now = Date.now() / 1000
        const certificate: Certificate = {
          certificateId: issued.id,
          certificateArn: `arn:aws:iot:${cloud.region}:${cloud.account}:cert/${issued.id}`,
          certificatePem: issued.pem,
          status: query.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE',
          creationDate: now,
          lastModifiedDate: now,
        }
        await registry.set('certificate', issued.id, certificate)
        const { certificateArn, certificateId, certificatePem } = certificate
        return { certificateArn, certificateId, certificatePem }
      },
    },
    ofCertificate('GET', 'DescribeCertificate', (id) => ({ certificateDescription: existing(id) })),
    ofCertificate('PUT', 'UpdateCertificate', async (id, { query }) => {
      const status = query.get('newStatus') ?? ''
      if (!CERTIFICATE_STATES.includes(status)) invalid(`newStatus ${status} must be ${CERTIFICATE_STATES.join(', ')}`)
      const lastModifiedDate = Date.now() / 1000
      await registry.set('certificate', id, {
        ...existing(id),
        status: status as Certificate['status'],
        lastModifiedDate,
      })
      if (status !== 'ACTIVE') deactivated(id)
    }),
    ofPolicy('PUT', 'AttachPolicy', async (policy, { input }) => {
      if (!policyNames.has(policy))
        missing(`Policy ${policy} not found; the synthesized app has no such AWS::IoT::Policy`)
      existing(idOf(input.target))
      const names = attached(input.target)
      if (!names.includes(policy)) await registry.set('policies', input.target, [...names, policy])
    }),
    ofPolicy('POST', 'DetachPolicy', async (policy, { input }) => {
      const left = attached(input.target).filter((name) => name !== policy)
      await registry.set('policies', input.target, left.length > 0 ? left : undefined)
    }),
    {
      name: 'DescribeEndpoint',
      method: 'GET',
      path: /^\/endpoint$/,
      resource: () => '*',
      run: () => ({ endpointAddress: `localhost:${cloud.port + 3}` }),
    },
  ]
}

function sameThing(one: Pick<Thing, 'attributes'>, other: Pick<Thing, 'attributes'>): boolean {
  const text = (thing: Json) =>
    JSON.stringify([thing.thingTypeName ?? null, Object.entries(thing.attributes as object).sort()])
  return text(one) === text(other)
}

/** An attribute with an empty value is removed, as in AWS. */
function attributesOf(payload: { attributes?: Record<string, string> } | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(payload?.attributes ?? {}).filter(([, value]) => value !== ''))
}

function idOf(certificateArn: unknown): string {
  return String(certificateArn).split(':cert/')[1] ?? ''
}

function missing(message: string): never {
  throw new WireError(404, 'ResourceNotFoundException', message)
}

function invalid(message: string): never {
  throw new WireError(400, 'InvalidRequestException', message)
}
