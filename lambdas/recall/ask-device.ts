import * as z from 'zod'
import { Device } from '#domain/device'
import { DeviceCommandRequested } from '#domain/device-command'
import { DeviceKind } from '#domain/device-kind'
import { commandIdOf, DeviceAsked, DeviceNotice, DeviceUnreachable, lock, patienceMs } from '#domain/device-notice'
import { Lot } from '#domain/lot'
import { Recall } from '#domain/recall'
import { task } from '#kit'

const { dictionary } = DeviceKind.like()
const kind = (actions: string[]) => [
  { ...DeviceKind.like({ dictionary: { ...dictionary, actions } }), id: DeviceKind.sample() },
]
const open = Recall.like({ drill: false, status: 'notified', shards: 1, pass: 1 })
const given = { recall: open, device: Device.like({ status: 'certified' }), kinds: kind(['lock']) }
const when = {
  ...{ recallId: Recall.sample(), unitId: Lot.sample() },
  ...{ deviceId: Device.sample(), deviceNoticeId: DeviceNotice.sample() },
}

export const handler = task({
  summary: 'Ask one connected unit of a recall, once, to lock itself; it waits in the shadow of a unit that is away.',
  input: z.object({ recallId: Recall.id, unitId: Lot.id, deviceId: Device.id, deviceNoticeId: DeviceNotice.id }),
  reads: {
    recall: Recall.at('recallId'),
    device: Device.at('deviceId'),
    kinds: DeviceKind.by('code', (_, { device }) => [{ code: device.kind }], 'device'),
    notice: DeviceNotice.at('deviceNoticeId').orAbsent(),
  },
  emits: [DeviceAsked, DeviceUnreachable, DeviceCommandRequested],
  refuses: {},
  decide: ({ recall, device, kinds: [kind], notice }, input, { now }) => {
    if (notice || recall.drill || recall.status === 'closed') return []
    const told = { ...input, askedAt: now }
    if (device.status !== 'certified') return DeviceUnreachable({ ...told, answer: 'It has no certificate.' })
    if (!kind!.dictionary.actions?.includes(lock))
      return DeviceUnreachable({ ...told, answer: `Devices of kind ${device.kind} know no "${lock}".` })
    const { recallId, deviceId, deviceNoticeId } = input
    const commandId = commandIdOf(deviceNoticeId, 1)
    return [
      DeviceAsked({ ...told, commandId }),
      DeviceCommandRequested({
        ...{ deviceCommandId: commandId, deviceId, siteId: device.siteId, action: lock },
        ...{ parameters: { recall: recallId, notice: deviceNoticeId }, reason: `Recalled: ${recall.title}` },
        ...{ requestedAt: now, requestedBy: 'lotline' },
        expiresAt: new Date(Date.parse(now) + patienceMs).toISOString(),
      }),
    ]
  },
  output: ({ deviceId }) => ({ deviceId }),
  examples: [
    { name: 'a pump is asked to lock itself', given, when, then: ['DeviceAsked', 'DeviceCommandRequested'] },
    {
      name: 'a pump that was asked is not asked again',
      given: { ...given, notice: DeviceNotice.like() },
      when,
      then: [],
    },
    { name: 'a drill asks no device', given: { ...given, recall: { ...open, drill: true } }, when, then: [] },
    {
      name: 'a pump without a lock must be visited',
      given: { ...given, kinds: kind([]) },
      when,
      then: ['DeviceUnreachable'],
    },
    {
      name: 'so must one that cannot connect',
      given: { ...given, device: Device.like({ status: 'revoked' }) },
      when,
      then: ['DeviceUnreachable'],
    },
  ],
})
