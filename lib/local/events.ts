import { randomUUID } from 'node:crypto'
import type { Cloud, EventEntry, Permission, Service, WireCall } from './cloud.ts'
import { busName, type Rule, type RuleTarget, readRules } from './event-rule.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { parseSchedule } from './schedule-expression.ts'
import { deliver } from './targets.ts'
import { Timetable } from './timetable.ts'
import { WireError } from './wire-error.ts'

const REQUEST_LIMIT_BYTES = 1024 * 1024
const ENTRY_LIMIT = 10
const DUPLICATED = 0.03

let router: { cloud: Cloud; rules: readonly Rule[]; buses: ReadonlySet<string>; random: () => number } | undefined
let timetable: Timetable | undefined

/**
 * EventBridge: buses, rules and schedules. It keeps nothing itself: `PutEvents` answers when every target of every
 * matching rule has the event in its own durable queue.
 */
export const events: Service = {
  name: 'events',
  types: ['AWS::Events::EventBus', 'AWS::Events::Rule'],

  async start(cloud) {
    for (const bus of cloud.ofType('AWS::Events::EventBus'))
      onlyProperties(bus, 'Name', 'Description', 'DeadLetterConfig', 'KmsKeyIdentifier', 'LogConfig', 'Policy', 'Tags')
    const buses = new Set(['default', ...cloud.ofType('AWS::Events::EventBus').map((bus) => bus.ref)])
    router = { cloud, rules: readRules(cloud), buses, random: cloud.random('events') }
    cloud.wire('events', { authorize: (call) => permissions(cloud, call), answer: (call) => answer(call) })
  },

  resume() {
    const { cloud, rules } = running()
    timetable = new Timetable(cloud, 'events')
    for (const rule of rules)
      if (rule.schedule)
        timetable.keep({ name: rule.name, schedule: parseSchedule(rule.schedule), run: (time) => fire(rule, time) })
  },

  async stop() {
    timetable?.stop()
    router = undefined
  },
}

/** Puts events on their buses; resolves with their ids when their targets have them durably. */
export async function putEvents(entries: readonly EventEntry[]): Promise<string[]> {
  return Promise.all(entries.map(put))
}

function running() {
  if (!router) throw new Error('events has not started')
  return router
}

async function put(entry: EventEntry): Promise<string> {
  const { cloud, rules, buses } = running()
  const bus = busName(entry.EventBusName)
  if (!buses.has(bus)) throw new WireError(400, 'ResourceNotFoundException', `Event bus ${bus} does not exist.`)
  const event = envelope(cloud, {
    source: entry.Source,
    'detail-type': entry.DetailType,
    time: entry.Time ? new Date(entry.Time * 1000) : new Date(),
    resources: entry.Resources ?? [],
    detail: detailOf(entry),
  })
  const targets = rules.filter((rule) => rule.bus === bus && rule.matches(event)).flatMap((rule) => rule.targets)
  await Promise.all(targets.map((target) => give(target, event)))
  return event.id
}

function detailOf(entry: EventEntry): unknown {
  if (!entry.Source || !entry.DetailType)
    throw new WireError(400, 'InvalidArgument', 'Parameter Source and DetailType are required.')
  try {
    const detail = JSON.parse(entry.Detail)
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail
  } catch {
    // Told below: text that is not JSON and JSON that is not an object are the same mistake.
  }
  throw new WireError(400, 'MalformedDetail', 'Detail is malformed.')
}

function envelope(cloud: Cloud, fields: { time: Date } & Record<string, unknown>): Json {
  const time = fields.time.toISOString().replace(/\.\d+Z$/, 'Z')
  return { version: '0', id: randomUUID(), account: cloud.account, region: cloud.region, ...fields, time }
}

/** Delivers to a target, by chance twice, as EventBridge may. */
async function give(target: RuleTarget, event: Json): Promise<void> {
  const { cloud, random } = running()
  const input = target.input(event)
  const times = random() < DUPLICATED ? 2 : 1
  try {
    for (let time = 0; time < times; time++) await deliver(cloud, target.arn, input)
  } catch (error) {
    if (!target.deadLetter) throw error
    const { name, message } = error as Error
    await cloud.send(target.deadLetter, JSON.stringify(event), {
      ERROR_CODE: name,
      ERROR_MESSAGE: message,
      TARGET_ARN: target.arn,
    })
  }
}

async function fire(rule: Rule, time: number): Promise<void> {
  const { cloud } = running()
  const event = envelope(cloud, {
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    time: new Date(time),
    resources: [rule.arn],
    detail: {},
  })
  await Promise.all(rule.targets.map((target) => give(target, event)))
}

function permissions(cloud: Cloud, call: Omit<WireCall, 'principal'>): Permission[] {
  const input: Json = JSON.parse(call.body.toString())
  const buses = new Set<string>((input.Entries ?? []).map((entry: Json) => busName(entry.EventBusName)))
  return [...buses].map((bus) => ({
    action: `events:${call.operation}`,
    resource: `arn:aws:events:${cloud.region}:${cloud.account}:event-bus/${bus}`,
  }))
}

async function answer(call: WireCall) {
  if (call.operation !== 'PutEvents')
    throw new WireError(400, 'UnknownOperationException', `the local cloud does not implement events:${call.operation}`)
  const entries: EventEntry[] = JSON.parse(call.body.toString()).Entries ?? []
  if (entries.length === 0 || entries.length > ENTRY_LIMIT)
    throw new WireError(
      400,
      'ValidationException',
      `PutEvents takes 1 to ${ENTRY_LIMIT} entries, not ${entries.length}`,
    )
  if (call.body.length > REQUEST_LIMIT_BYTES)
    throw new WireError(
      400,
      'ValidationException',
      `Total size of the entries in the request is over the limit of ${REQUEST_LIMIT_BYTES} bytes`,
    )
  const results = await Promise.all(entries.map(putOne))
  const body = { FailedEntryCount: results.filter((each) => 'ErrorCode' in each).length, Entries: results }
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) }
}

async function putOne(entry: EventEntry) {
  try {
    return { EventId: await put(entry) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { ErrorCode: error.code, ErrorMessage: error.message }
  }
}
