import * as z from 'zod'
import type { Discovered } from './discover.ts'
import type { Command, Query } from './kit/command.ts'
import { kitRefusals, type RefusalText, statusOf } from './kit/errors.ts'
import { sha256 } from './kit/ledger.ts'

type Json = Record<string, unknown>
type Routed = Discovered & { readonly spec: Command | Query }

/** Kit refusals that any route may answer with. */
const everywhere = ['input-invalid', 'fault'] as const
const byToken = ['token-missing', 'role-missing'] as const
const signing = ['signature-missing', 'sign-in-old', 'sign-in-used', 'signature-outdated'] as const
const byLink = ['link-invalid', 'link-expired'] as const

const isRouted = (one: Discovered): one is Routed => 'route' in one.spec

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' })
  return json
}

/** `quality/hold-lot` -> `holdLot`. */
const operationIdOf = (name: string) =>
  name.slice(name.indexOf('/') + 1).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

const pathOf = (spec: Command | Query) => spec.route.slice(spec.route.indexOf(' ') + 1)
const methodOf = (spec: Command | Query) => spec.route.slice(0, spec.route.indexOf(' ')).toLowerCase()
const pathParametersOf = (spec: Command | Query) => [...spec.route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)

/** Refusals that this route can give, its own and the kit's. */
function refusalsOf(spec: Command | Query): Record<string, RefusalText> {
  const reads = Object.values(spec.reads)
  const moves = spec.kind === 'command' ? spec.emits : []
  const kit = [
    ...everywhere,
    ...(spec.kind === 'query' ? spec.refuses : []),
    ...(spec.link ? byLink : byToken),
    ...(reads.some((read: any) => !read.mayLack) ? (['entity-unknown'] as const) : []),
    ...(reads.length > 0 ? (['site-foreign'] as const) : []),
    ...(reads.some((read: any) => read.mustBeFree) ? (['stock-frozen'] as const) : []),
    ...(moves.some((fact: any) => fact.stock) ? (['stock-short'] as const) : []),
    ...(moves.some((fact: any) => Object.keys(fact.entity.unique).length > 0) ? (['already-exists'] as const) : []),
    ...(spec.kind === 'command' ? (['key-reused', 'too-busy'] as const) : []),
    ...('signs' in spec && spec.signs ? signing : []),
    ...('signs' in spec && spec.signs?.apartFrom ? (['signer-involved'] as const) : []),
  ]
  const own = spec.kind === 'command' ? spec.refuses : {}
  return { ...Object.fromEntries(kit.map((code) => [code, kitRefusals[code]])), ...own }
}

function problemResponses(spec: Command | Query): Json {
  const byStatus = Map.groupBy(Object.entries(refusalsOf(spec)), ([, text]) => statusOf[text.kind])
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, refusals]) => [
        String(status),
        {
          description: refusals.map(([code, { en }]) => `\`${code}\`: ${en}`).join('\n\n'),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  )
}

function parametersOf(spec: Command | Query): Json[] {
  const inPath = new Set(pathParametersOf(spec))
  const fields = Object.entries(spec.input.shape as Record<string, z.ZodType>)
  const inUrl = fields.filter(([name]) => inPath.has(name) || methodOf(spec) === 'get')
  const parameters = inUrl.map(([name, schema]) => ({
    name,
    in: inPath.has(name) ? 'path' : 'query',
    required: inPath.has(name) || !schema.safeParse(undefined).success,
    schema: schemaOf(schema, 'input'),
  }))
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Any text of your choice, new for each new request: a repeat with the same key gets the same answer and writes nothing.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  }
  return spec.kind === 'command' ? [...parameters, key] : parameters
}

function requestBodyOf(spec: Command | Query): Json | undefined {
  if (methodOf(spec) === 'get') return undefined
  const inPath = new Set(pathParametersOf(spec))
  // Not ".omit()", which refuses objects with refinements; those say nothing in JSON Schema anyway.
  const inBody = Object.entries(spec.input.shape as Record<string, z.ZodType>).filter(([name]) => !inPath.has(name))
  const schema = z.strictObject(Object.fromEntries(inBody))
  const required = !schema.safeParse({}).success
  const examples = spec.kind === 'command' ? examplesOf(spec) : {}
  return { required, content: { 'application/json': { schema: schemaOf(schema, 'input'), ...examples } } }
}

const sampleSignature = { hash: sha256('what the signer saw'), timeZone: 'Europe/Berlin' }

function examplesOf(spec: Command): Json {
  const inPath = new Set(pathParametersOf(spec))
  const accepted = spec.examples.filter(({ then }) => !('refused' in then))
  if (accepted.length === 0) return {}
  const bodyOf = (when: Json) => Object.fromEntries(Object.entries(when).filter(([name]) => !inPath.has(name)))
  const signatureIn = ({ given, when }: Command['examples'][number]) =>
    spec.signs && !spec.signs.unless?.(given, when) ? { signature: sampleSignature } : {}
  return {
    examples: Object.fromEntries(
      accepted.map((one) => [
        one.name.replaceAll(/\W+/g, '-'),
        { summary: one.name, value: { ...bodyOf(one.when), ...signatureIn(one) } },
      ]),
    ),
  }
}

const successOf = (spec: Command | Query): Json => {
  if (spec.kind === 'query') {
    const schema = schemaOf(spec.output, 'output')
    const media = spec.file ?? (spec.page ? 'text/html' : 'application/json')
    const answer = spec.file ? { type: 'string', format: 'binary' } : schema
    return { '200': { description: 'The answer.', content: { [media]: { schema: answer } } } }
  }
  const statuses = new Set<string>(spec.emits.map((fact: any) => (fact.births ? '201' : '200')))
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Recorded' } } }
  const answer = { description: 'The facts that were recorded; 201 where something new began.', content }
  return Object.fromEntries([...statuses].map((status) => [status, answer]))
}

function operationOf({ name, area, spec }: Routed): Json {
  const requestBody = requestBodyOf(spec)
  const { signs } = spec as Command
  return {
    operationId: operationIdOf(name),
    summary: spec.summary,
    description: [
      spec.link ? 'For whoever holds the signed link; no account.' : `Roles: ${spec.roles.join(', ')}.`,
      ...(signs ? [`Signed (21 CFR 11): "${signs.meaning.en}"`] : []),
    ].join(' '),
    tags: [area],
    security: spec.link ? [] : [{ token: [] }],
    parameters: parametersOf(spec),
    ...(requestBody ? { requestBody } : {}),
    responses: { ...successOf(spec), ...problemResponses(spec) },
    'x-lotline-function': name,
    'x-lotline-roles': spec.roles,
    ...(signs ? { 'x-lotline-signs': signs.meaning } : {}),
  }
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem: what happened, to which thing, and what to do next.',
  required: ['type', 'title', 'status', 'detail', 'code', 'details'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'In English, or in Chinese with "Accept-Language: zh".' },
    code: { type: 'string' },
    details: {
      type: 'object',
      description: 'What "detail" names, by the names that its text has for them in the list of refusals.',
    },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, rule: { type: 'string' } } },
    },
  },
}

const recordedSchema: Json = {
  type: 'object',
  required: ['facts'],
  properties: {
    facts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'entity', 'id', 'version', 'at', 'data'],
        properties: {
          type: { type: 'string' },
          entity: { type: 'string' },
          id: { type: 'string' },
          version: { type: 'integer' },
          at: { type: 'string' },
          data: { type: 'object' },
        },
      },
    },
  },
}

/** The REST API as one document, made from the specs; it is deployed as it is, with integrations added. */
export function openapi(found: readonly Discovered[]): Json {
  const paths: Record<string, Json> = {}
  for (const one of found.filter(isRouted)) {
    const path = pathOf(one.spec)
    paths[path] = { ...paths[path], [methodOf(one.spec)]: operationOf(one) }
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'lotline',
      version: '0.1.0',
      description:
        'ERP and IoT backend for makers of regulated goods: every lot traceable, every recall accounted for.',
      license: { name: 'Apache-2.0' },
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { Problem: problemSchema, Recorded: recordedSchema },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'ID token of the user pool.' },
      },
    },
  }
}
