import { leftOn, Stay, type StayState } from '#domain/stay'
import { listAll, type Ports } from '#kit'

const dayMs = 86_400_000
/** Readings come at most a week late; those who left a place earlier than that were assessed before. */
const mostDays = 9

/** Lots some of which stand at these places, or left them since a time, in order of their ids. */
export async function lotsAt(
  places: readonly string[],
  since: string,
  table: Ports['table'],
  now: string,
): Promise<string[]> {
  const days = Math.min(Math.floor((Date.parse(now) - Date.parse(since)) / dayMs) + 2, mostDays)
  const gone = Array.from({ length: days }, (_, n) => new Date(Date.parse(now) - n * dayMs).toISOString())
  const lists = places.flatMap((place) => [place, ...gone.map((at) => leftOn(place, at))])
  const stays = (await Promise.all(lists.map((list) => listAll(table, 'worklist', Stay, list)))).flat()
  return [...new Set(stays.map(({ data }) => (data as StayState).lotId))].sort()
}
