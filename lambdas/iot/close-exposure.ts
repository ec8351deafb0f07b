import * as z from 'zod'
import { DeviceStatus, DeviceStatusEndStated } from '#domain/device-status'
import { Exposure, ExposureEndStated } from '#domain/exposure'
import { Instant, Reason } from '#domain/values'
import { command, conflict, invalid, refuse, refused } from '#kit'

const exposure = Exposure.like()
const lost = DeviceStatus.like({
  ...{ open: [Exposure.sample()], lastSeenAt: '2026-02-20T08:00:05.000Z' },
  latest: { temperatureC: { at: '2026-02-20T08:00:00.000Z', value: 9.5 } },
  recent: [{ id: Exposure.sample(), metric: 'temperatureC', start: '2026-02-20T07:00:00.000Z' }],
})
const when = {
  ...{ exposureId: Exposure.sample(), endedAt: '2026-02-20T08:20:00Z' },
  reason: 'Battery empty; the logger beside it shows 5 °C from 8:20 on',
}

/** A sensor is lost when it was silent for so long. */
const silenceMs = 15 * 60_000

export const handler = command({
  summary: 'Say when an exposure ended whose sensor was lost, and how that is known; until then it stays open.',
  route: 'POST /exposures/{exposureId}/closure',
  roles: ['quality'],
  input: z.strictObject({ exposureId: Exposure.id, endedAt: Instant, reason: Reason }),
  reads: { exposure: Exposure.at('exposureId'), status: DeviceStatus.of('exposure.deviceId') },
  emits: [ExposureEndStated, DeviceStatusEndStated],
  refuses: {
    'exposure-ended': conflict(
      'The exposure since {start} ended at {end} already, or was withdrawn. Nothing is left to close.',
      '自 {start} 起的暴露已于 {end} 结束或已撤销，无需关闭。',
    ),
    'sensor-not-lost': refused(
      'Device {deviceId} reported at {lastSeenAt}, less than 15 minutes ago. Its readings end the exposure; wait for them.',
      '设备 {deviceId} 于 {lastSeenAt} 刚有上报（不足 15 分钟）。暴露由其读数结束，请等待。',
    ),
    'exposure-end-impossible': invalid(
      'The exposure cannot have ended at {endedAt}: the last reading, at {after}, was outside, and it is {now} now. Correct "endedAt".',
      '暴露不可能于 {endedAt} 结束：最后一次读数（{after}）仍超限，且现在为 {now}。请更正 “endedAt”。',
    ),
  },
  decide: ({ exposure, status }, { exposureId, endedAt, reason }, { now, actor }) => {
    const { deviceId, locationId, metric, start, end: ended, withdrawn, peak, peakAt } = exposure
    const { lastSeenAt = '', latest } = status
    if (ended || withdrawn) return refuse('exposure-ended', { start, end: ended ?? '-' })
    if (lastSeenAt && Date.parse(now) - Date.parse(lastSeenAt) < silenceMs)
      return refuse('sensor-not-lost', { deviceId, lastSeenAt })
    const [end, after] = [new Date(endedAt).toISOString(), latest[metric]?.at ?? start]
    if (end <= after || end > now) return refuse('exposure-end-impossible', { endedAt, after, now })
    return [
      ExposureEndStated({ exposureId, deviceId, locationId, start, end, peak, peakAt, reason, by: actor.sub }),
      DeviceStatusEndStated({ deviceStatusId: deviceId, exposureId, metric, after, end }),
    ]
  },
  examples: [
    { name: 'the battery was empty', given: { exposure, status: lost }, when, then: ['ExposureEndStated'] },
    {
      name: 'it ended by itself',
      given: { exposure: Exposure.like({ end: '2026-03-02T07:40:00.000Z' }), status: lost },
      when,
      then: { refused: 'exposure-ended' },
    },
    {
      name: 'the sensor still speaks',
      given: { exposure, status: { ...lost, lastSeenAt: '2099-03-02T07:58:00.000Z' } },
      when,
      then: { refused: 'sensor-not-lost' },
    },
    {
      name: 'before the last reading, which was outside',
      given: { exposure, status: lost },
      when: { ...when, endedAt: '2026-02-20T07:30:00Z' },
      then: { refused: 'exposure-end-impossible' },
    },
  ],
})
