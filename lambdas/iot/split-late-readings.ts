import { Device } from '#domain/device'
import { LateReadings, LateReadingsDue, LateReadingsShown } from '#domain/late-readings'
import { reaction } from '#kit'

const from = '2026-03-01T07:30:00.000Z'

export const handler = reaction({
  summary: 'Have the readings of each device judged that came late and that every store shows by now.',
  on: [LateReadingsDue],
  input: LateReadingsDue.schema,
  reads: {},
  emits: [LateReadingsShown],
  refuses: {},
  decide: (_, { devices }, { newId }) =>
    devices.map((one) => LateReadingsShown({ lateReadingsId: newId(LateReadings), ...one })),
  examples: [
    {
      name: 'two devices',
      given: {},
      when: {
        lateReadingsId: LateReadings.sample(),
        devices: [1, 2].map((n) => ({ deviceStatusId: Device.sample(n), from })),
      },
      then: ['LateReadingsShown', 'LateReadingsShown'],
    },
  ],
})
