import { expect, test } from 'vitest'
import { RecentRecords } from '../../lib/local/timestream-recent.ts'

test('what is not here is either nowhere or may be forgotten', () => {
  const recent = new RecentRecords([[1, 500]])
  const stored = (time: number) => ({ version: 1, says: `x ${time}` })
  expect([recent.mayBeForgotten(1, 500), recent.mayBeForgotten(1, 501), recent.mayBeForgotten(2, 1)]).toEqual([
    ...[true, false, false],
  ])
  const times = Array.from({ length: 170_000 }, (_, index) => 501 + ((index * 7919) % 170_000))
  for (const time of times) recent.add(1, time, stored(time))
  const [here, away] = [times.filter((time) => recent.get(1, time)), times.filter((time) => !recent.get(1, time))]
  expect(here.every((time) => recent.get(1, time)?.says === `x ${time}`)).toBe(true)
  expect([here.length >= 50_000, away.length > 0]).toEqual([true, true])
  expect(away.every((time) => recent.mayBeForgotten(1, time))).toBe(true)
  expect([recent.get(1, 170_501), recent.mayBeForgotten(1, 170_501)]).toEqual([undefined, false])
})
