import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import { Watch, type WatchState } from '#domain/watch'
import { type Loaded, listAll, type Ports } from '#kit'

type Table = Ports['table']

/** A device that watched a place, and the times in which it did; the last may have no end. */
export interface Watcher {
  readonly status: Loaded<DeviceStatusState>
  readonly times: readonly { readonly from: string; readonly until?: string | undefined }[]
}

/** Which devices watched each of these locations, packs and shipments; a device that went elsewhere watched until then. */
export async function watchersOf(places: readonly string[], table: Table): Promise<Map<string, Watcher[]>> {
  const wanted = [...new Set(places)]
  const lists = await Promise.all(wanted.map((place) => listAll(table, 'worklist', Watch, place)))
  const watches = lists.flat().map(({ data }) => data as WatchState)
  const deviceIds = [...new Set(watches.map(({ deviceId }) => deviceId))]
  const found = await table.states(deviceIds.map((id) => ({ entity: DeviceStatus, id })))
  const statuses = new Map(found.map((stored) => [stored?.id, stored]))
  const watchers = new Map<string, Watcher[]>(wanted.map((place) => [place, []]))
  for (const { deviceId, place } of watches) {
    const stored = statuses.get(deviceId)
    if (!stored) continue
    const status = { ...stored.data, id: stored.id } as unknown as Loaded<DeviceStatusState>
    watchers.get(place)?.push({ status, times: timesAt(place, status) })
  }
  return watchers
}

/** Before its first place a device counts as there already. */
const timesAt = (place: string, { places }: DeviceStatusState): Watcher['times'] =>
  places.flatMap(({ since, locationId }, index) =>
    locationId === place ? [{ from: index === 0 ? '' : since, until: places[index + 1]?.since }] : [],
  )

/** Metrics of a device that measure the temperature of its place. */
export const temperaturesOf = ({ dictionary }: Pick<DeviceStatusState, 'dictionary'>) =>
  dictionary.metrics.filter(({ range }) => range === 'temperature').map(({ code }) => code)

/** What the devices that watch a place now reported last, and their exposures that are open. */
export async function climateAt(place: string, table: Table) {
  const watchers = (await watchersOf([place], table)).get(place) ?? []
  return watchers
    .filter(({ times }) => times.some(({ until }) => until === undefined))
    .map(({ status: { id, latest, lastSeenAt, open } }) => ({
      deviceId: id,
      latest,
      lastSeenAt,
      openExposureIds: open,
    }))
}
