import * as z from 'zod'
import { Device, DeviceTaught } from '#domain/device'
import { DeviceKind } from '#domain/device-kind'
import { DeviceStatus, DeviceStatusTaught } from '#domain/device-status'
import { distinct } from '#domain/values'
import { command, conflict, refuse } from '#kit'

const [deviceIds, devices, statuses] = [[Device.sample()], [Device.like()], [DeviceStatus.like()]]

export const handler = command({
  summary: 'Apply the newest revision of their kind to devices; from now on their messages are judged by it.',
  route: 'POST /device-kinds/{deviceKindId}/applications',
  roles: ['admin', 'quality'],
  input: z.strictObject({
    deviceKindId: DeviceKind.id,
    deviceIds: z.array(Device.id).min(1).max(30).refine(distinct, 'must not name a device twice'),
  }),
  reads: {
    kind: DeviceKind.at('deviceKindId'),
    devices: Device.at('deviceIds[]'),
    statuses: DeviceStatus.at('deviceIds[]'),
  },
  emits: [DeviceTaught, DeviceStatusTaught],
  refuses: {
    'kind-foreign': conflict(
      'Device {name} is a {is}, not a {kind}. Apply its own kind to it.',
      '设备 {name} 的类型为 {is}，而非 {kind}。请应用其自身类型。',
    ),
    'kind-applied-already': conflict(
      'Device {name} has revision {revision} of its kind already. Leave it out.',
      '设备 {name} 已采用其类型的第 {revision} 版。请将其移出列表。',
    ),
  },
  decide: ({ kind: { code: kind, revision, dictionary }, devices }) => {
    for (const { name, kind: is, kindRevision } of devices) {
      if (is !== kind) return refuse('kind-foreign', { name, is, kind })
      if (kindRevision === revision) return refuse('kind-applied-already', { name, revision })
    }
    return devices.flatMap(({ id }) => [
      DeviceTaught({ deviceId: id, kindRevision: revision, dictionary }),
      DeviceStatusTaught({ deviceStatusId: id, dictionary }),
    ])
  },
  examples: [
    {
      name: 'a device learns the second revision',
      given: { kind: DeviceKind.like({ revision: 2 }), devices, statuses },
      when: { deviceKindId: DeviceKind.sample(), deviceIds },
      then: ['DeviceTaught'],
    },
    {
      name: 'a device of another kind is refused',
      given: { kind: DeviceKind.like({ code: 'infusion-pump', revision: 2 }), devices, statuses },
      when: { deviceKindId: DeviceKind.sample(), deviceIds },
      then: { refused: 'kind-foreign' },
    },
    {
      name: 'a device that has it already is refused',
      given: { kind: DeviceKind.like(), devices, statuses },
      when: { deviceKindId: DeviceKind.sample(), deviceIds },
      then: { refused: 'kind-applied-already' },
    },
  ],
})
