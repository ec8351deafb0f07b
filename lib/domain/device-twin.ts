import * as z from 'zod'
import { entity, invalid, type Loaded, type Refusal, refuse } from '#kit'
import { answers, DeviceCommand, DeviceCommandAcknowledged, DeviceCommandEnded, isOpen } from './device-command.ts'
import { Instant, Line } from './values.ts'

const deviceId = z.string().regex(/^dev_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a device id (dev_...)')

/** Name of the IoT topic rule that takes in what devices report in their shadows. */
export const shadowRule = 'lotline_shadows'

/** Topics of a device's own shadow that it publishes on, and those that it hears; see AWS IoT's reserved topics. */
export const shadowTopics = (thing: string) => {
  const head = `$aws/things/${thing}/shadow`
  const answersTo = (verb: string) => [`${head}/${verb}/accepted`, `${head}/${verb}/rejected`]
  return {
    publishes: [`${head}/get`, `${head}/update`],
    hears: [...answersTo('get'), ...answersTo('update'), `${head}/update/delta`],
  }
}

/** Every update tells the whole state that came of it, so that one message lost or overtaken matters to nobody. */
export const shadowSql =
  "SELECT topic(3) AS deviceId, timestamp() AS receivedMs, current.version AS version, current.state.reported AS reported FROM '$aws/things/+/shadow/update/documents' WHERE NOT isUndefined(current.state.reported)"

/** The state of a shadow as the rule passes it on. */
const ShadowUpdate = z.strictObject({
  deviceId: z.string(),
  receivedMs: z.int().positive(),
  version: z.int(),
  reported: z.record(z.string(), z.unknown()),
})

export type ShadowUpdate = z.infer<typeof ShadowUpdate>

/** Shadow updates of one device, with the ids of the commands that they answer. */
export const ShadowUpdates = z
  .object({ deviceId: z.string(), messages: z.array(ShadowUpdate).min(1) })
  .transform(({ deviceId, messages }) => ({
    deviceId,
    messages,
    commandIds: [...new Set(messages.flatMap(({ reported }) => Object.keys(Object(reported.commands))))].filter(
      (id) => DeviceCommand.id.safeParse(id).success,
    ),
  }))

/** What a device reports of itself in its shadow; other members are its own affair. */
const Reported = z.looseObject({
  firmware: Line.max(64).optional(),
  /** What it does, e.g. `running`. */
  state: Line.max(64).optional(),
  commands: z
    .record(z.string(), z.strictObject({ status: z.enum(['in-progress', ...answers]), reason: Line.optional() }))
    .optional(),
})

/** What a device tells of itself besides measurements. It is made when the device first does. */
export const DeviceTwin = entity('device-twin', {
  area: 'iot',
  prefix: 'dev',
  state: z.object({
    siteId: z.string(),
    firmware: Line.optional(),
    firmwareSince: Instant.optional(),
    state: Line.optional(),
    stateSince: Instant.optional(),
    /** The newest shadow update that was taken in. */
    shadow: z.object({ version: z.int(), receivedMs: z.int() }).optional(),
    /** Alarms, faults and doors by kind and code, each with the time of its last change. */
    conditions: z.record(z.string(), z.object({ active: z.boolean(), at: Instant })).default({}),
    /** What it counts of its use, e.g. `hours`. */
    counters: z.record(z.string(), z.object({ value: z.number(), at: Instant })).default({}),
    /** Ids of the events taken in last: what is here came twice. */
    events: z.array(z.string()).default([]),
  }),
  example: { siteId: 'sit_00000000000000000000000001', conditions: {}, counters: {}, events: [] },
})

export const DeviceTwinOpened = DeviceTwin.born(
  'DeviceTwinOpened',
  z.object({ deviceTwinId: deviceId, siteId: z.string() }),
  ({ siteId }) => ({ siteId, conditions: {}, counters: {}, events: [] }),
)

/** Not kept: what a person would look for later are the changes. */
export const DeviceShadowSeen = DeviceTwin.fact(
  'DeviceShadowSeen',
  z.object({ deviceTwinId: deviceId, version: z.int(), receivedMs: z.int() }),
  ({ id: _, ...twin }, { version, receivedMs }) => ({ ...twin, shadow: { version, receivedMs } }),
  { kept: false },
)

export const DeviceFirmwareChanged = DeviceTwin.fact(
  'DeviceFirmwareChanged',
  z.object({ deviceTwinId: deviceId, from: Line.optional(), firmware: Line, at: Instant }),
  ({ id: _, ...twin }, { firmware, at }) => ({ ...twin, firmware, firmwareSince: at }),
)

export const DeviceStateChanged = DeviceTwin.fact(
  'DeviceStateChanged',
  z.object({ deviceTwinId: deviceId, from: Line.optional(), state: Line, at: Instant }),
  ({ id: _, ...twin }, { state, at }) => ({ ...twin, state, stateSince: at }),
)

/** All that a shadow update can say. */
export const mirrorFacts = [
  DeviceTwinOpened,
  DeviceShadowSeen,
  DeviceFirmwareChanged,
  DeviceStateChanged,
  DeviceCommandAcknowledged,
  DeviceCommandEnded,
] as const

type MirrorFact = ReturnType<(typeof mirrorFacts)[number]>

export const twinRefusals = {
  'shadow-unreadable': invalid(
    'Device {deviceId} reported a state that cannot be read: {why}. Compare its firmware with the interface.',
    '设备 {deviceId} 上报的状态无法读取：{why}。请核对固件与接口。',
  ),
}

export type Twin = z.infer<typeof DeviceTwin.schema>
type Command = Loaded<z.infer<typeof DeviceCommand.schema>>

/** A shadow that was deleted begins again at version 1, so time comes before version. */
const isNewer = ({ receivedMs, version }: ShadowUpdate, { shadow }: Partial<Pick<Twin, 'shadow'>>) =>
  shadow === undefined ||
  receivedMs > shadow.receivedMs ||
  (receivedMs === shadow.receivedMs && version > shadow.version)

/** What follows from a device's shadow updates: its twin, and how its commands went; nothing when they hold no news. */
export function mirror(
  device: Loaded<{ siteId: string }>,
  twin: Loaded<Twin> | undefined,
  commands: readonly (Command | undefined)[],
  messages: readonly ShadowUpdate[],
): MirrorFact[] | Refusal<keyof typeof twinRefusals> {
  const inOrder = messages.toSorted((a, b) => a.receivedMs - b.receivedMs || a.version - b.version)
  const known: Partial<Twin> = { ...twin }
  const facts: MirrorFact[] = []
  for (const message of inOrder) {
    const { data, error } = Reported.safeParse(message.reported)
    if (error) {
      const why = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
      return refuse('shadow-unreadable', { deviceId: device.id, why: why.slice(0, 500) })
    }
    if (!isNewer(message, known)) continue
    const { version, receivedMs, at } = { ...message, at: new Date(message.receivedMs).toISOString() }
    known.shadow = { version, receivedMs }
    facts.push(DeviceShadowSeen({ deviceTwinId: device.id, version, receivedMs }))
    const { firmware, state } = data
    if (firmware !== undefined && firmware !== known.firmware)
      facts.push(DeviceFirmwareChanged({ deviceTwinId: device.id, from: known.firmware, firmware, at }))
    if (state !== undefined && state !== known.state)
      facts.push(DeviceStateChanged({ deviceTwinId: device.id, from: known.state, state, at }))
    Object.assign(known, firmware && { firmware }, state && { state })
  }
  const opened =
    twin || facts.length === 0 ? [] : [DeviceTwinOpened({ deviceTwinId: device.id, siteId: device.siteId })]
  return [...opened, ...facts, ...commands.flatMap((command) => answered(device.id, command, inOrder))]
}

/** What a device said about one of its commands; a shadow without it says nothing. */
function answered(deviceId: string, command: Command | undefined, messages: readonly ShadowUpdate[]): MirrorFact[] {
  if (command?.deviceId !== deviceId) return []
  const [last] = messages
    .flatMap(({ reported, receivedMs }) => {
      const said = Reported.parse(reported).commands?.[command.id]
      return said ? [{ ...said, at: new Date(receivedMs).toISOString() }] : []
    })
    .reverse()
  if (!last) return []
  const of = { deviceCommandId: command.id, deviceId }
  if (last.status === 'in-progress')
    return command.status === 'requested' || command.status === 'sent'
      ? [DeviceCommandAcknowledged({ ...of, acknowledgedAt: last.at })]
      : []
  return isOpen(command) || command.status === 'timed-out'
    ? [
        DeviceCommandEnded({
          ...of,
          action: command.action,
          status: last.status,
          answer: last.reason,
          endedAt: last.at,
        }),
      ]
    : []
}
