import { Device } from '#domain/device'
import { DeviceStatus, ReadingsCameLate } from '#domain/device-status'
import { Exposure } from '#domain/exposure'
import { LateReadingsShown } from '#domain/late-readings'
import { Lot } from '#domain/lot'
import { checkFacts, checksOf } from '#domain/thermal-record'
import { reaction } from '#kit'
import { lotsAt, temperaturesOf } from '#readings'

const latest = { temperatureC: { at: '2026-03-02T08:00:00.000Z', value: 5 } }
const recent = [{ id: Exposure.sample(), metric: 'temperatureC', start: Exposure.like().start }]
const given = { status: DeviceStatus.like({ latest, recent }), recent: [Exposure.like()] }
const when = { deviceStatusId: Device.sample(), from: '2026-03-02T07:30:00.000Z' }

// Each reading holds until the next: one that comes between two changes what was borne, even where the exposure begins,
// ends and peaks as before and so has nothing to say itself.
export const handler = reaction({
  summary:
    'Find the lots that were in an exposure into which late readings may fall, and ask for each to be assessed, whether or not the exposure becomes another.',
  on: [ReadingsCameLate, LateReadingsShown],
  input: ReadingsCameLate.schema,
  reads: {
    status: DeviceStatus.at('deviceStatusId'),
    recent: Exposure.of('status.recent[].id'),
  },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: ({ status, recent }, { from }, { table }, { now }) => {
    const metrics = temperaturesOf(status)
    const fallen = recent.filter(({ metric, end = '9999' }) => metrics.includes(metric) && from < end)
    const places = [...new Set(fallen.flatMap(({ locationId }) => locationId ?? []))]
    const [since = now] = fallen.map(({ start }) => start).sort()
    return lotsAt(places, since, table, now)
  },
  decide: (_, __, context, lotIds) => checksOf(lotIds, undefined, context),
  examples: [
    {
      name: 'a reading came late into an exposure of a cold room that holds twenty lots',
      given,
      when,
      performed: Array.from({ length: 20 }, (_, n) => Lot.sample(n + 1)),
      then: ['ThermalCheckAsked', 'ThermalCheckAsked'],
    },
    { name: 'nothing was there', given, when, performed: [], then: [] },
  ],
})
