import * as z from 'zod'
import { Device } from '#domain/device'
import { Measured } from '#domain/series'
import { Instant } from '#domain/values'
import { everyone, query } from '#kit'

export const handler = query({
  summary: 'Show the newest reading of a device since a time.',
  route: 'GET /devices/{deviceId}/readings/latest',
  roles: everyone,
  input: z.strictObject({ deviceId: Device.id, since: Instant }),
  reads: { device: Device.at('deviceId') },
  uses: ['series'],
  output: z.object({ reading: Measured.optional() }),
  run: async (_, { deviceId, since }, { series }) => {
    const found = await series.latest(deviceId, since)
    return { reading: found && { at: found.at, measures: { ...found.measures } } }
  },
})
