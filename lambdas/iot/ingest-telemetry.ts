import { Device, DeviceReported, DeviceStatus, report } from '#domain/device'
import { Exposure, ExposureClosed, ExposureDeepened, ExposureOpened } from '#domain/exposure'
import { flawOf, Telemetry, telemetryRefusals } from '#domain/telemetry'
import { forbidden, reaction, refuse } from '#kit'

const message = {
  deviceId: Device.sample(),
  clientId: Device.sample(),
  receivedMs: Date.parse('2026-03-02T08:00:05Z'),
  bootId: 'b1',
  sequence: 7,
  readings: [{ at: '2026-03-02T08:00:00Z', temperatureC: 5.2, humidityPct: 41 }],
}
const [device, status, open] = [Device.like(), DeviceStatus.like(), []]

export const handler = reaction({
  summary:
    'Take in what a device measured: time series, latest values, and each interval outside the range of its place.',
  on: { queue: 'telemetry' },
  input: Telemetry,
  reads: {
    device: Device.at('deviceId'),
    status: DeviceStatus.at('deviceId'),
    open: Exposure.of('status.open[]'),
  },
  emits: [ExposureOpened, ExposureDeepened, ExposureClosed, DeviceReported],
  refuses: {
    ...telemetryRefusals,
    'device-impersonated': forbidden(
      'Client {clientId} spoke as device {deviceId}. A device connects with its own id as client id.',
      '客户端 {clientId} 冒用设备 {deviceId}。设备须以自身编号作为客户端编号连接。',
    ),
  },
  uses: ['series'],
  perform: async ({ device }, message, { series }) => {
    const { deviceId, clientId, readings } = message
    if (clientId !== deviceId || flawOf(message, device.kind)) return
    await series.write(readings.map(({ at, ...measures }) => ({ deviceId, at, measures })))
  },
  decide: ({ device, status, open }, message, { newId }) => {
    const { deviceId, clientId } = message
    if (clientId !== deviceId) return refuse('device-impersonated', { clientId, deviceId })
    return flawOf(message, device.kind) ?? report(device, status, open, message, () => newId(Exposure))
  },
  examples: [
    { name: 'a reading within the range', given: { device, status, open }, when: message, then: [] },
    {
      name: 'a reading above the range opens an exposure',
      given: { device, status, open },
      when: { ...message, readings: [{ at: '2026-03-02T08:00:00Z', temperatureC: 8.4 }] },
      then: ['ExposureOpened'],
    },
    {
      name: 'back inside by the margin closes it',
      given: { device, status: DeviceStatus.like({ open: [Exposure.sample()] }), open: [Exposure.like()] },
      when: message,
      then: ['ExposureClosed'],
    },
    {
      name: 'the same message again changes nothing',
      given: {
        device,
        status: DeviceStatus.like({
          latest: {
            temperatureC: { at: '2026-03-02T08:00:00.000Z', value: 5.2 },
            humidityPct: { at: '2026-03-02T08:00:00.000Z', value: 41 },
          },
        }),
        open,
      },
      when: message,
      then: [],
    },
    {
      name: 'a client that speaks as another device is refused',
      given: { device, status, open },
      when: { ...message, clientId: Device.sample(2) },
      then: { refused: 'device-impersonated' },
    },
    {
      name: 'a storage sensor has no state',
      given: { device, status, open },
      when: { ...message, readings: [{ at: '2026-03-02T08:00:00Z', state: 'running' }] },
      then: { refused: 'metric-foreign' },
    },
    {
      name: 'Fahrenheit in a Celsius field is noticed',
      given: { device, status, open },
      when: { ...message, readings: [{ at: '2026-03-02T08:00:00Z', temperatureC: 451 }] },
      then: { refused: 'reading-implausible' },
    },
    {
      name: 'a clock that runs ahead is noticed',
      given: { device, status, open },
      when: { ...message, readings: [{ at: '2026-03-02T09:00:00Z', temperatureC: 5 }] },
      then: { refused: 'reading-from-future' },
    },
  ],
})
