import * as z from 'zod'
import { Device } from '#domain/device'
import { DeviceReported, DeviceStatus, ReadingsCameLate, report } from '#domain/device-status'
import { Exposure, exposureFacts } from '#domain/exposure'
import { SilenceEnded } from '#domain/silence'
import {
  Arrival,
  arrivalOf,
  type Flaw,
  type Telemetry,
  telemetryOf,
  telemetryRefusals,
  type Vocabulary,
} from '#domain/telemetry'
import { reaction } from '#kit'

const deviceId = Device.sample()
const sent = (readings: object[], more: object = {}) => ({
  deviceId,
  messages: [arrivalOf(deviceId, Date.parse('2026-03-02T08:00:05Z'), { bootId: 'b1', sequence: 7, readings, ...more })],
})
const at = '2026-03-02T08:00:00Z'
const sound = sent([{ at, temperatureC: 5.2, humidityPct: 41 }])
const [status, open] = [DeviceStatus.like(), []]

/** Reads messages of one device one after another, as the aliases of one may be what the next is written in. */
function readAll(
  messages: readonly Arrival[],
  status: Pick<z.infer<typeof DeviceStatus.schema>, 'dictionary' | 'aliases'>,
) {
  let vocabulary: Vocabulary = { ...status.dictionary, aliases: status.aliases }
  const read: Telemetry[] = []
  for (const arrival of messages) {
    const one = telemetryOf(arrival, vocabulary)
    if ('refusal' in one) return { flaw: one }
    read.push(one)
    vocabulary = { ...vocabulary, aliases: { ...vocabulary.aliases, ...one.aliases } }
  }
  return { read }
}

export const handler = reaction({
  summary:
    'Take in what a device measured: time series, latest values, and each interval outside the range of its place.',
  on: { queue: 'telemetry', together: 'deviceId' },
  input: z.object({ deviceId: Device.id, messages: z.array(Arrival).min(1) }),
  reads: {
    status: DeviceStatus.at('deviceId'),
    open: Exposure.of('status.open[]'),
  },
  emits: [...exposureFacts, DeviceReported, ReadingsCameLate, SilenceEnded],
  refuses: telemetryRefusals,
  uses: ['series', 'lake'],
  perform: async ({ status }, { deviceId, messages }, { series, lake }) => {
    const all = readAll(messages, status)
    const samples = (all.read ?? []).flatMap(({ readings }) =>
      readings.map(({ at, values }) => ({ deviceId, at, measures: values })),
    )
    await Promise.all([series.write(samples), lake.put(samples)])
    return all
  },
  decide: ({ status, open }, { messages }, { newId }, all = readAll(messages, status)) => {
    const { read, flaw } = all
    return read ? report(status, open, read, newId) : (flaw as Flaw)
  },
  examples: [
    { name: 'a reading within the range', given: { status, open }, when: sound, then: [] },
    {
      name: 'a reading above the range opens an exposure',
      given: { status, open },
      when: sent([{ at, temperatureC: 8.4 }]),
      then: ['ExposureOpened'],
    },
    {
      name: 'back inside by the margin closes it',
      given: { status: DeviceStatus.like({ open: [Exposure.sample()] }), open: [Exposure.like()] },
      when: sound,
      then: ['ExposureClosed'],
    },
    {
      name: 'a reading that comes late is judged again with its neighbours',
      given: {
        status: DeviceStatus.like({ latest: { temperatureC: { at: '2026-03-02T08:00:01.000Z', value: 5 } } }),
        open,
      },
      when: sent([{ at, temperatureC: 8.4 }]),
      then: ['ReadingsCameLate'],
    },
    {
      name: 'a client that speaks as another device is refused',
      given: { status, open },
      when: { deviceId, messages: [{ ...sound.messages[0]!, clientId: Device.sample(2) }] },
      then: { refused: 'device-impersonated' },
    },
    {
      name: 'what is no JSON is refused with the reason',
      given: { status, open },
      when: { deviceId, messages: [{ ...sound.messages[0]!, payload: btoa('{"readings": NaN}') }] },
      then: { refused: 'payload-unreadable' },
    },
    {
      name: 'what the dictionary does not name is noticed',
      given: { status, open },
      when: sent([{ at, pressureKPa: 101 }]),
      then: { refused: 'metric-foreign' },
    },
    {
      name: 'another unit than that of the dictionary is noticed',
      given: { status, open },
      when: sent([{ at, temperatureC: 41 }], { units: { temperatureC: '°F' } }),
      then: { refused: 'metric-unit-foreign' },
    },
    {
      name: 'a word where a number belongs is noticed',
      given: { status, open },
      when: sent([{ at, temperatureC: 'NaN' }]),
      then: { refused: 'reading-mistyped' },
    },
    {
      name: 'Fahrenheit in a Celsius field is noticed',
      given: { status, open },
      when: sent([{ at, temperatureC: 451 }]),
      then: { refused: 'reading-implausible' },
    },
    {
      name: 'a clock that runs ahead is noticed',
      given: { status, open },
      when: sent([{ at: '2026-03-02T09:00:00Z', temperatureC: 5 }]),
      then: { refused: 'reading-from-future' },
    },
    {
      name: 'a clock of 1970 is noticed',
      given: { status, open },
      when: sent([{ at: '1970-01-01T00:00:10Z', temperatureC: 5 }]),
      then: { refused: 'reading-too-old' },
    },
  ],
})
