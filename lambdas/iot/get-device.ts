import * as z from 'zod'
import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Exposure } from '#domain/exposure'
import { formats, telemetryTopic } from '#domain/telemetry'
import { asRecord, everyone, query, recordOf } from '#kit'

export const handler = query({
  summary:
    'Show one device with its certificate, its topics, its dictionary, its latest values, its open exposures and its history.',
  route: 'GET /devices/{deviceId}',
  roles: everyone,
  input: z.strictObject({ deviceId: Device.id }),
  reads: {
    device: Device.at('deviceId').whole(),
    status: DeviceStatus.at('deviceId'),
    open: Exposure.of('status.open[]'),
  },
  output: recordOf(Device.schema).extend({
    /** Where it publishes plain JSON, */
    topic: z.string(),
    /** and where each format. */
    topics: z.record(z.enum(formats), z.string()),
    reported: DeviceStatus.schema.pick({
      latest: true,
      lastSeenAt: true,
      bootId: true,
      sequence: true,
    }),
    dictionary: DeviceStatus.schema.shape.dictionary,
    open: z.array(z.object({ id: z.string(), state: Exposure.schema })),
  }),
  run: async ({ device, status, open }, { deviceId }) => ({
    ...asRecord(device),
    topic: telemetryTopic(deviceId, 'telemetry'),
    topics: {
      telemetry: telemetryTopic(deviceId, 'telemetry'),
      sparkplug: telemetryTopic(deviceId, 'sparkplug'),
    },
    reported: status,
    dictionary: status.dictionary,
    open: open.map(({ id, ...state }) => ({ id, state })),
  }),
})
