import * as z from 'zod'
import { Device, DeviceStatus } from '#domain/device'
import { Exposure } from '#domain/exposure'
import { telemetryTopic } from '#domain/telemetry'
import { asRecord, everyone, query, recordOf } from '#kit'

export const handler = query({
  summary: 'Show one device with its certificate, its topic, its latest values, its open exposures and its history.',
  route: 'GET /devices/{deviceId}',
  roles: everyone,
  input: z.strictObject({ deviceId: Device.id }),
  reads: {
    device: Device.at('deviceId').whole(),
    status: DeviceStatus.at('deviceId'),
    open: Exposure.of('status.open[]'),
  },
  output: recordOf(Device.schema).extend({
    /** Where it publishes. */
    topic: z.string(),
    reported: DeviceStatus.schema.pick({ latest: true, lastSeenAt: true, bootId: true, sequence: true }),
    open: z.array(z.object({ id: z.string(), state: Exposure.schema })),
  }),
  run: async ({ device, status, open }, { deviceId }) => ({
    ...asRecord(device),
    topic: telemetryTopic(deviceId),
    reported: status,
    open: open.map(({ id, ...state }) => ({ id, state })),
  }),
})
