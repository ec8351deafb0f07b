import fc from 'fast-check'
import { expect, test } from 'vitest'
import { happenings, type SentEvent } from '../../lib/domain/device-event.ts'
import type { Twin } from '../../lib/domain/device-twin.ts'
import { isRefusal } from '../../lib/kit/errors.ts'

const begin = Date.parse('2026-03-02T08:00:00Z')
const device = { id: 'dev_00000000000000000000000001', name: 'Pump 7', siteId: 'sit_1' }

/** Events of a device with their own ids; counters only grow. */
const story = fc
  .array(
    fc.record({
      event: fc.constantFrom('alarm', 'fault', 'door', 'usage'),
      code: fc.constantFrom('E-1', 'E-2'),
      on: fc.boolean(),
      second: fc.integer({ min: 0, max: 20 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) =>
    all.map(({ event, code, on, second }, index): SentEvent => {
      const heading = { id: `e-${index}`, at: new Date(begin + second * 1000).toISOString() }
      const message: any =
        event === 'usage'
          ? { ...heading, event, counter: 'hours', value: second }
          : event === 'door'
            ? { ...heading, event, code, open: on }
            : { ...heading, event, code, active: on }
      return { deviceId: device.id, clientId: device.id, receivedMs: begin + 60_000, message }
    }),
  )

/** What a twin is after these batches. */
function after(batches: readonly (readonly SentEvent[])[]): Twin | undefined {
  let twin: (Twin & { id: string }) | undefined
  for (const batch of batches) {
    const facts = happenings(device, twin, batch)
    if (isRefusal(facts)) throw new Error(facts.refusal)
    for (const { of, data } of facts as any[]) twin = { ...of.apply(twin, data), id: device.id }
  }
  return twin
}

test('events leave the same twin in whatever order, however often and in whatever batches they come', () => {
  fc.assert(
    fc.property(
      story.chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }),
          fc.integer({ min: 1, max: 5 }),
        ),
      ),
      ([events, shuffled, size]) => {
        const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, at) =>
          shuffled.slice(at * size, (at + 1) * size),
        )
        const [calm, wild] = [after([events]), after(batches)]
        expect(wild!.conditions).toEqual(calm!.conditions)
        expect(wild!.counters).toEqual(calm!.counters)
      },
    ),
    { numRuns: 500 },
  )
})
