import type { Json } from './api.ts'
import type { Day } from './day.ts'

/** One person inspects a lot or unit, another one releases it. */
export async function inspectAndRelease(
  day: Day,
  name: string,
  characteristic: string,
  more: Json = {},
): Promise<void> {
  const { inspector, releaser } = day.people
  const lotId = day.ids.of(name)
  const results = [{ characteristic, found: 'within limits', passed: true }]
  await inspector.does('inspectLot', name, { lotId, results, ...more })
  await releaser.does('releaseLot', name, { lotId })
}

/** The same for a tray of units, each of which must be ready: two calls for all of them. */
export async function inspectAndReleaseAll(day: Day, names: readonly string[], characteristic: string): Promise<void> {
  const { inspector, releaser } = day.people
  const [step, lotIds] = [names[0]!, names.map((name) => day.ids.of(name))]
  const results = [{ characteristic, found: 'within limits', passed: true }]
  await inspector.does('inspectLots', step, { lotIds, results })
  await releaser.does('releaseLots', step, { lotIds })
}
