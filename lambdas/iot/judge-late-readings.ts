import { Device } from '#domain/device'
import { DeviceReported, DeviceStatus, judgeAgain, judgedAgainFrom, ReadingsCameLate } from '#domain/device-status'
import { Exposure, exposureFacts } from '#domain/exposure'
import { LateReadingsShown } from '#domain/late-readings'
import { reaction } from '#kit'

/** Readings of one page of the series. */
const pageSize = 5000

const deviceId = Device.sample()
const reading = (at: string, temperatureC: number) => ({ at, values: { temperatureC } })
const late = '2026-03-02T07:30:00.000Z'
const latest = { temperatureC: { at: '2026-03-02T08:00:00.000Z', value: 5 } }
const recent = [{ id: Exposure.sample(), metric: 'temperatureC', start: Exposure.like().start }]

export const handler = reaction({
  summary: 'Judge the readings of a device again where some came late, and say what that changed in its exposures.',
  on: [ReadingsCameLate, LateReadingsShown],
  input: ReadingsCameLate.schema,
  reads: {
    status: DeviceStatus.at('deviceStatusId'),
    recent: Exposure.of('status.recent[].id'),
  },
  emits: [...exposureFacts, DeviceReported, ReadingsCameLate],
  refuses: {},
  uses: ['series'],
  perform: async ({ status }, { deviceStatusId, from: late }, { series }) => {
    const from = judgedAgainFrom(status, late)
    const to = new Date(Math.max(...Object.values(status.latest).map(({ at }) => Date.parse(at))) + 1).toISOString()
    const readings = []
    let next: string | undefined = Object.values(from).sort()[0] ?? to
    while (next !== undefined && next < to) {
      const page: Awaited<ReturnType<typeof series.read>> = await series.read(deviceStatusId, next, to, pageSize)
      readings.push(...page.samples.map(({ at, measures }) => ({ at, values: measures })))
      next = page.next
    }
    return { from, readings, harmless: status.harmless }
  },
  decide: ({ status, recent }, input, { newId }, again) =>
    judgeAgain(status, recent, input, again, () => newId(Exposure)),
  examples: [
    {
      name: 'a late reading outside makes an exposure of its own',
      given: { status: DeviceStatus.like({ latest }) },
      when: { deviceStatusId: deviceId, from: late },
      performed: {
        from: { temperatureC: late, humidityPct: late },
        readings: [reading(late, 9), reading('2026-03-02T08:00:00.000Z', 5)],
        harmless: 0,
      },
      then: ['ExposureOpened', 'ExposureClosed'],
    },
    {
      name: 'a late reading inside ends an exposure where it ended',
      given: { status: DeviceStatus.like({ latest, recent, open: [Exposure.sample()] }), recent: [Exposure.like()] },
      when: { deviceStatusId: deviceId, from: late },
      performed: {
        from: { temperatureC: Exposure.like().start, humidityPct: late },
        readings: [reading(Exposure.like().start, 9.5), reading(late, 5), reading('2026-03-02T08:00:00.000Z', 5)],
        harmless: 0,
      },
      then: ['ExposureClosed'],
    },
    {
      name: 'a late reading that fits what is recorded changes nothing',
      given: { status: DeviceStatus.like({ latest }) },
      when: { deviceStatusId: deviceId, from: late },
      performed: {
        from: { temperatureC: late, humidityPct: late },
        readings: [reading(late, 5), reading('2026-03-02T08:00:00.000Z', 5)],
        harmless: 0,
      },
      then: [],
    },
  ],
})
