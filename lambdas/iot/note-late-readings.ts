import * as z from 'zod'
import { Device } from '#domain/device'
import { ReadingsCameLate } from '#domain/device-status'
import { ExposureClosed, ExposureOpened } from '#domain/exposure'
import { LateReadings, LateReadingsNoted, shownIn } from '#domain/late-readings'
import { Instant } from '#domain/values'
import { reaction } from '#kit'

const deviceId = Device.sample()

export const handler = reaction({
  summary: 'Note readings that came so late that a store may not show them yet, so that they are judged once more.',
  on: [ReadingsCameLate, ExposureOpened, ExposureClosed],
  input: z.union([
    z.object({ deviceStatusId: Device.id, from: Instant }),
    z
      .object({ deviceId: Device.id, start: Instant })
      .transform(({ deviceId: deviceStatusId, start: from }) => ({ deviceStatusId, from })),
  ]),
  reads: {},
  emits: [LateReadingsNoted],
  refuses: {},
  decide: (_, { deviceStatusId, from }, { now, newId }) => {
    const due = shownIn(from, now)
    return due === undefined
      ? []
      : LateReadingsNoted({ lateReadingsId: newId(LateReadings), deviceId: deviceStatusId, from, due })
  },
  examples: [
    {
      name: 'a reading of January came late',
      given: {},
      when: { deviceStatusId: deviceId, from: '2026-01-02T07:30:00.000Z' },
      then: ['LateReadingsNoted'],
    },
    {
      name: 'an exposure of then is known now',
      given: {},
      when: { deviceId, start: '2026-01-02T07:30:00.000Z' },
      then: ['LateReadingsNoted'],
    },
    {
      name: 'what is of today is shown at once',
      given: {},
      when: { deviceStatusId: deviceId, from: '2099-01-02T07:30:00.000Z' },
      then: [],
    },
  ],
})
