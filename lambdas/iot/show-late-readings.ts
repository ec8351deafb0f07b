import * as z from 'zod'
import { Device } from '#domain/device'
import { dueHours, LateReadings, LateReadingsDue, type LateReadingsState } from '#domain/late-readings'
import { listAll, reaction } from '#kit'

/** A fact names so many devices, and a run makes so many facts. */
const [devicesAFact, factsARun] = [40, 45]

export const handler = reaction({
  summary: 'Say of readings that came late that every store shows them by now; what was judged is judged once more.',
  on: { everyMinutes: 60 },
  input: z.object({}),
  reads: {},
  emits: [LateReadingsDue],
  refuses: {},
  uses: ['table'],
  perform: async (_, __, { table }, { now }) => {
    const lists = await Promise.all(dueHours(now).map((hour) => listAll(table, 'worklist', LateReadings, hour)))
    const earliest = new Map<string, string>()
    for (const { data } of lists.flat()) {
      const { deviceId, from } = data as LateReadingsState
      if (from < (earliest.get(deviceId) ?? '9999')) earliest.set(deviceId, from)
    }
    return [...earliest].map(([deviceStatusId, from]) => ({ deviceStatusId, from }))
  },
  decide: (_, __, { newId }, due) =>
    Array.from({ length: Math.min(Math.ceil(due.length / devicesAFact), factsARun) }, (_, index) =>
      LateReadingsDue({
        lateReadingsId: newId(LateReadings),
        devices: due.slice(index * devicesAFact, (index + 1) * devicesAFact),
      }),
    ),
  examples: [
    {
      name: 'a device sent a day of readings seven hours ago',
      given: {},
      when: {},
      performed: [{ deviceStatusId: Device.sample(), from: '2026-03-01T07:30:00.000Z' }],
      then: ['LateReadingsDue'],
    },
    { name: 'none came late', given: {}, when: {}, performed: [], then: [] },
  ],
})
