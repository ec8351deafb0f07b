import { randomUUID } from 'node:crypto'
import { type ControlContext, idOf, invalid, missing, type Operation } from './iot-operation.ts'
import type { Thing } from './iot-registry.ts'
import { WireError } from './wire-error.ts'

type Json = any

const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/

/** Operations on things of the registry and on which certificates are theirs. */
export function thingOperations({ cloud, registry, thingTypes }: ControlContext): Operation[] {
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

function sameThing(one: Pick<Thing, 'attributes'>, other: Pick<Thing, 'attributes'>): boolean {
  const text = (thing: Json) =>
    JSON.stringify([thing.thingTypeName ?? null, Object.entries(thing.attributes as object).sort()])
  return text(one) === text(other)
}

/** An attribute with an empty value is removed, as in AWS. */
function attributesOf(payload: { attributes?: Record<string, string> } | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(payload?.attributes ?? {}).filter(([, value]) => value !== ''))
}
