import * as z from 'zod'
import { type Loaded, type Refusal, refuse, refused } from '#kit'
import { EventCode } from './device-kind.ts'
import { type DeviceMessage, heading, messageFlaw, messageOf, messageRefusals } from './device-message.ts'
import { DeviceTwin, DeviceTwinOpened, type Twin } from './device-twin.ts'
import { Instant, Line } from './values.ts'

/** Name of the IoT topic rule that takes events of devices in. */
export const eventRule = 'lotline_events'

/** What happened to a device, as it tells. */
export const EventPayload = z.discriminatedUnion('event', [
  z.strictObject({
    ...heading,
    event: z.enum(['alarm', 'fault']),
    code: EventCode,
    active: z.boolean(),
    text: Line.optional(),
  }),
  z.strictObject({ ...heading, event: z.literal('door'), code: EventCode.default('door'), open: z.boolean() }),
  z.strictObject({ ...heading, event: z.literal('usage'), counter: EventCode, value: z.number().min(0) }),
])

type EventPayload = z.infer<typeof EventPayload>
export type SentEvent = DeviceMessage<EventPayload>

/** Events of one device that came together. */
export const DeviceEvents = z.object({ deviceId: z.string(), messages: z.array(messageOf(EventPayload)).min(1) })

const about = { deviceTwinId: DeviceTwin.id, eventId: z.string(), code: z.string(), at: Instant }
const told = z.object({ ...about, text: Line.optional() })

/**
 * An event makes its condition anew where nothing later is known of it, and of two at one time the end stands; so events
 * leave the same whatever their order. The fact stands in the history anyway.
 */
const withCondition =
  (kind: string, active: boolean) =>
  ({ id: _, ...twin }: Loaded<Twin>, { eventId, code, at }: { eventId: string; code: string; at: string }): Twin => {
    const key = `${kind} ${code}`
    const known = twin.conditions[key]
    const isOld = known && (known.at > at || (known.at === at && !known.active))
    const conditions = isOld ? twin.conditions : { ...twin.conditions, [key]: { active, at } }
    return { ...twin, conditions, events: remember(twin.events, eventId) }
  }

/** A device resends what was not acknowledged; among this many events it is known again. */
const eventsKept = 64
const remember = (events: readonly string[], id: string) => [...events, id].slice(-eventsKept)

export const DeviceAlarmRaised = DeviceTwin.fact('DeviceAlarmRaised', told, withCondition('alarm', true))
export const DeviceAlarmCleared = DeviceTwin.fact('DeviceAlarmCleared', told, withCondition('alarm', false))
export const DeviceFaultRaised = DeviceTwin.fact('DeviceFaultRaised', told, withCondition('fault', true))
export const DeviceFaultCleared = DeviceTwin.fact('DeviceFaultCleared', told, withCondition('fault', false))
export const DeviceDoorOpened = DeviceTwin.fact('DeviceDoorOpened', z.object(about), withCondition('door', true))
export const DeviceDoorClosed = DeviceTwin.fact('DeviceDoorClosed', z.object(about), withCondition('door', false))

export const DeviceUsageCounted = DeviceTwin.fact(
  'DeviceUsageCounted',
  z.object({ deviceTwinId: DeviceTwin.id, eventId: z.string(), counter: z.string(), value: z.number(), at: Instant }),
  ({ id: _, ...twin }, { eventId, counter, value, at }) => ({
    ...twin,
    counters: { ...twin.counters, [counter]: { value, at } },
    events: remember(twin.events, eventId),
  }),
)

export const eventFacts = [
  ...([DeviceTwinOpened, DeviceAlarmRaised, DeviceAlarmCleared, DeviceFaultRaised] as const),
  ...([DeviceFaultCleared, DeviceDoorOpened, DeviceDoorClosed, DeviceUsageCounted] as const),
] as const

type EventFact = ReturnType<(typeof eventFacts)[number]>

export const eventRefusals = {
  ...messageRefusals,
  'usage-backwards': refused(
    'Device {name} counted {value} {counter} at {at}, after {known} at {knownAt}. If its counter was replaced, register it anew; else check it.',
    '设备 {name} 于 {at} 计数 {counter} 为 {value}，此前 {knownAt} 为 {known}。若更换了计数器，请重新登记；否则请检查设备。',
  ),
}

/** What follows from events of a device, oldest first; those that came before say nothing new. */
export function happenings(
  device: Loaded<{ name: string; siteId: string }>,
  twin: Loaded<Twin> | undefined,
  messages: readonly SentEvent[],
): EventFact[] | Refusal<keyof typeof eventRefusals> {
  const flaw = messages.map(messageFlaw).find(Boolean)
  if (flaw) return flaw
  const events = messages.map(({ message }) => message!).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const seen = new Set(twin?.events)
  const counters = new Map(Object.entries(twin?.counters ?? {}))
  const facts: EventFact[] = []
  for (const event of events) {
    if (seen.has(event.id)) continue
    seen.add(event.id)
    if (event.event === 'usage') {
      const { counter, value, at } = event
      const known = counters.get(counter)
      // An older count that comes late is no news, whatever it says.
      if (known && known.at >= at) continue
      if (known && known.value > value)
        return refuse('usage-backwards', {
          ...{ name: device.name, value, counter, at },
          known: known.value,
          knownAt: known.at,
        })
      counters.set(counter, { value, at })
    }
    facts.push(factOf(device.id, event))
  }
  const opened =
    twin || facts.length === 0 ? [] : [DeviceTwinOpened({ deviceTwinId: device.id, siteId: device.siteId })]
  return [...opened, ...facts]
}

function factOf(deviceTwinId: string, event: EventPayload): EventFact {
  const of = { deviceTwinId, eventId: event.id, at: event.at }
  switch (event.event) {
    case 'usage':
      return DeviceUsageCounted({ ...of, counter: event.counter, value: event.value })
    case 'door':
      return (event.open ? DeviceDoorOpened : DeviceDoorClosed)({ ...of, code: event.code })
    case 'alarm':
      return (event.active ? DeviceAlarmRaised : DeviceAlarmCleared)({ ...of, code: event.code, text: event.text })
    case 'fault':
      return (event.active ? DeviceFaultRaised : DeviceFaultCleared)({ ...of, code: event.code, text: event.text })
  }
}
