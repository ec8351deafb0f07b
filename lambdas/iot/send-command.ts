import * as z from 'zod'
import { Device } from '#domain/device'
import { Action, DeviceCommand, DeviceCommandRequested, Parameters } from '#domain/device-command'
import { DeviceKind } from '#domain/device-kind'
import { Reason } from '#domain/values'
import { command, conflict, invalid, refuse } from '#kit'

const { dictionary } = DeviceKind.like()
const kinds = [
  { ...DeviceKind.like({ dictionary: { ...dictionary, actions: ['lock', 'unlock'] } }), id: DeviceKind.sample() },
]
const when = { deviceId: Device.sample(), action: 'lock', reason: 'Recalled; do not use' }
const certified = { status: 'certified' } as const

/** A week is what a device on a ship or in a cellar needs; a state machine waits for it. */
const longestSeconds = 7 * 86_400

export const handler = command({
  summary: 'Tell a device to do something; it is kept for a device that is offline until its time is over.',
  route: 'POST /devices/{deviceId}/commands',
  roles: ['admin', 'service', 'quality'],
  input: z.strictObject({
    deviceId: Device.id,
    action: Action,
    parameters: Parameters.default({}),
    reason: Reason,
    expiresInSeconds: z.int().min(5).max(longestSeconds).default(3600),
  }),
  reads: {
    device: Device.at('deviceId'),
    kinds: DeviceKind.by('code', (_, { device }) => [{ code: device.kind }], 'device'),
  },
  emits: [DeviceCommandRequested],
  refuses: {
    'device-revoked': conflict(
      'Device {name} has no certificate any more and cannot connect. Give it a new certificate first.',
      '设备 {name} 已无有效证书，无法连接。请先为其签发新证书。',
    ),
    'action-unknown': invalid(
      'Devices of kind {kind} know {known}, not {action}. Choose one of these, or add it to the kind.',
      '类型 {kind} 的设备支持 {known}，不支持 {action}。请从中选择，或在类型中添加。',
    ),
  },
  decide: ({ device, kinds: [kind] }, { expiresInSeconds, ...input }, { now, actor, newId }) => {
    const { name, siteId, status } = device
    if (status === 'revoked') return refuse('device-revoked', { name })
    const { actions = [] } = kind!.dictionary
    if (!actions.includes(input.action))
      return refuse('action-unknown', { kind: kind!.code, known: actions.join(', ') || '-', action: input.action })
    return DeviceCommandRequested({
      ...{ deviceCommandId: newId(DeviceCommand), ...input, siteId, requestedAt: now, requestedBy: actor.sub },
      expiresAt: new Date(Date.parse(now) + expiresInSeconds * 1000).toISOString(),
    })
  },
  examples: [
    {
      name: 'a recalled pump is locked',
      given: { device: Device.like(certified), kinds },
      when,
      then: ['DeviceCommandRequested'],
    },
    {
      name: 'a revoked device hears nothing any more',
      given: { device: Device.like({ status: 'revoked' }), kinds },
      when,
      then: { refused: 'device-revoked' },
    },
    {
      name: 'a sensor does not dance',
      given: { device: Device.like(certified), kinds },
      when: { ...when, action: 'dance' },
      then: { refused: 'action-unknown' },
    },
  ],
})
