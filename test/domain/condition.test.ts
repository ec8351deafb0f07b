import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Equipment } from '#domain/equipment'
import { Exposure, type ExposureState } from '#domain/exposure'
import { type Condition, type Evidence, evidenceOf, growthOf, seedsOfEvidence } from '../../lib/domain/condition.ts'
import { cover, type Heard, silencesIn } from '../../lib/domain/coverage.ts'

const iso = (minute: number) => new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString()
const second = (minute: number) => (Date.UTC(2026, 2, 1) + minute * 60_000) / 1000

describe('what was heard', () => {
  const minutes = fc.uniqueArray(fc.nat(2000), { minLength: 1, maxLength: 60 })

  test('is the same in whatever order readings come', () => {
    const heardOf = (times: readonly number[]) =>
      times.reduce<Heard>((heard, time) => cover(heard, [time * 60], 3600, 0, 9).heard, [])
    // More stretches than a device remembers are another matter.
    const few = minutes.filter((times) => heardOf(times).length < 16)
    fc.assert(
      fc.property(
        few.chain((times) => fc.tuple(fc.constant(times), fc.shuffledSubarray(times, { minLength: times.length }))),
        ([times, shuffled]) => {
          expect(heardOf(shuffled)).toEqual(heardOf(times))
        },
      ),
    )
  })

  test('leaves exactly the gaps that are longer than allowed, remembered or ended for good', () => {
    fc.assert(
      fc.property(minutes, fc.nat(2000), (times, closedMinute) => {
        const sorted = times.toSorted((a, b) => a - b)
        let heard: Heard = []
        const ended: { from: string; until: string }[] = []
        for (const minute of sorted) {
          const closed = Math.min(second(closedMinute), second(minute))
          const found = cover(heard, [second(minute)], 1800, closed, 4)
          heard = found.heard
          ended.push(...found.ended)
        }
        const gaps = sorted.flatMap((minute, n) => {
          const next = sorted[n + 1]
          return next !== undefined && next - minute > 30 ? [{ from: iso(minute), until: iso(next) }] : []
        })
        const silences = silencesIn(heard, ended, iso(sorted[0]!), iso(sorted.at(-1)!), 1800)
        expect(silences.toSorted((a, b) => (a.from < b.from ? -1 : 1))).toEqual(gaps)
      }),
    )
  })
})

describe('the evidence of a condition', () => {
  const status = (changes: object = {}) => ({
    ...DeviceStatus.like({ heard: { temperatureC: [[second(0), second(600)]] }, ...changes }),
    id: Device.sample(),
  })
  const condition: Condition = {
    ...{ equipmentId: Equipment.sample(), deviceId: Device.sample(), metric: 'temperatureC', min: 2, max: 8 },
    ...{ from: iso(0), until: iso(600), clockErrorSeconds: 0 },
  }
  const exposed = (start: number, end: number | undefined, peak = 9.5): ExposureState => ({
    ...Exposure.like({ start: iso(start), end: end === undefined ? undefined : iso(end), peak }),
    id: Exposure.sample(start),
  })
  const windows = (
    exposures: ExposureState[],
    changes: object = {},
    statusChanges: object = {},
    silences: any[] = [],
  ) => {
    const recorded = { status: status(statusChanges), exposures, silences }
    const found = evidenceOf({ ...condition, ...changes }, recorded, iso(700))
    return 'refusal' in found ? found.refusal : found.windows
  }

  test('is its exposures, those that go on too, and nothing that was withdrawn or of another metric', () => {
    const others = [
      { ...exposed(300, 310), withdrawn: true as const },
      { ...exposed(320, 330), metric: 'humidityPct' },
    ]
    expect(windows([exposed(60, 90), exposed(500, undefined), ...others])).toEqual([
      { from: iso(60), until: iso(90) },
      { from: iso(500), until: iso(600) },
    ])
    expect(windows(others)).toBe('condition-never-held')
  })

  test('is longer by the error of the clock, and what then touches is one', () => {
    expect(windows([exposed(60, 90), exposed(93, 95)], { clockErrorSeconds: 120 })).toEqual([
      { from: iso(58), until: iso(97) },
    ])
  })

  test('leaves out what was never outside a wider range, and cannot tell a narrower one', () => {
    const some = [exposed(60, 90, 9.5), exposed(200, 210, 12), exposed(300, 310, 1)]
    expect(windows(some, { min: 0, max: 10 })).toEqual([{ from: iso(200), until: iso(210) }])
    // A peak of 12 is 4 beyond its limits: on the other side it may have been -2.
    expect(windows(some, { min: -1, max: 20 })).toEqual([{ from: iso(200), until: iso(210) }])
    expect(windows(some, { min: 2, max: 7 })).toBe('condition-narrower')
  })

  test('counts what nobody heard, and what nobody could judge', () => {
    const heard = {
      temperatureC: [
        [second(30), second(200)],
        [second(300), second(560)],
      ] as [number, number][],
    }
    expect(windows([], {}, { heard })).toEqual([
      { from: iso(0), until: iso(30) },
      { from: iso(200), until: iso(300) },
      { from: iso(560), until: iso(600) },
    ])
    const ended = { deviceId: Device.sample(), metric: 'temperatureC', from: iso(40), until: iso(80) }
    expect(windows([], {}, {}, [ended])).toEqual([{ from: iso(40), until: iso(80) }])
    const places = [
      { since: iso(0), limits: { minC: 2, maxC: 8 } },
      { since: iso(100) },
      { since: iso(150), limits: { minC: 2, maxC: 8 } },
    ]
    expect(windows([], {}, { places })).toEqual([{ from: iso(100), until: iso(150) }])
    expect(windows([], {}, { heard: {} })).toEqual([{ from: iso(0), until: iso(600) }])
  })

  test('is refused where it held more often than a case keeps', () => {
    const often = Array.from({ length: 401 }, (_, n) => exposed(n * 1.4, n * 1.4 + 0.5))
    expect(windows(often.slice(1))).toHaveLength(400)
    expect(windows(often)).toBe('condition-scattered')
  })

  test('of a metric that the device has not is refused', () => {
    expect(windows([], { metric: 'pressureBar' })).toBe('metric-unknown')
  })

  describe('that came late', () => {
    const evidence = (exposures: ExposureState[], minute: number) =>
      evidenceOf(condition, { status: status(), exposures, silences: [] }, iso(minute)) as Evidence
    const held = evidence([exposed(60, 90)], 700)

    test('is taken in beside what the case has, which stays as it was', () => {
      const grown = growthOf([held], evidence([exposed(60, 90), exposed(200, 230)], 800))!
      expect(grown.windows).toEqual([{ from: iso(200), until: iso(230) }])
      expect(grown.times).toHaveLength(1)
      expect(seedsOfEvidence([grown])).toEqual([`${Equipment.sample()}@${iso(200)}/${iso(230)}`])
    })

    test('is more where a known time turns out longer', () => {
      expect(growthOf([held], evidence([exposed(60, 120)], 800))!.windows).toEqual([{ from: iso(60), until: iso(120) }])
    })

    test('is nothing where all of it is known, less was measured, or an earlier growth has it', () => {
      expect(growthOf([held], evidence([exposed(60, 90)], 800))).toBeUndefined()
      expect(growthOf([held], evidence([exposed(70, 80)], 800))).toBeUndefined()
      const grown = growthOf([held], evidence([exposed(60, 90), exposed(200, 230)], 800))!
      expect(growthOf([held, grown], evidence([exposed(60, 90), exposed(200, 230)], 900))).toBeUndefined()
    })

    test('is looked at once an hour while the condition may go on', () => {
      const early = evidence([exposed(60, undefined)], 100)
      expect(growthOf([early], evidence([exposed(60, undefined)], 150))).toBeUndefined()
      expect(growthOf([early], evidence([exposed(60, undefined)], 165))!.windows).toEqual([
        { from: iso(60), until: iso(165) },
      ])
    })
  })
})
