import { Device } from '#domain/device'
import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import { Location } from '#domain/location'
import { Pack } from '#domain/pack'
import { Shipment } from '#domain/shipment'
import { type Entity, type Loaded, listAll, type Ports } from '#kit'

type Table = Ports['table']

/** A device that watched a place, and the times in which it did; the last may have no end. */
export interface Watcher {
  readonly status: Loaded<DeviceStatusState>
  readonly times: readonly { readonly from: string; readonly until?: string | undefined }[]
}

const kinds: readonly Entity[] = [Location, Pack, Shipment]

/** Which devices watched each of these locations, packs and shipments; a device that went elsewhere watched until then. */
export async function watchersOf(places: readonly string[], table: Table): Promise<Map<string, Watcher[]>> {
  const wanted = [...new Set(places)].flatMap((id) => {
    const entity = kinds.find(({ prefix }) => id.startsWith(`${prefix}_`))
    return entity ? [{ entity, id }] : []
  })
  const found = await table.states(wanted)
  const siteIds = new Set(found.flatMap((one) => (one ? [one.data.siteId as string] : [])))
  const bySite = await Promise.all([...siteIds].map((siteId) => listAll(table, 'group', Device, siteId)))
  const devices = bySite.flat()
  const statuses = await table.states(devices.map(({ id }) => ({ entity: DeviceStatus, id })))
  const watchers = new Map<string, Watcher[]>(wanted.map(({ id }) => [id, []]))
  for (const stored of statuses) {
    if (!stored) continue
    const status = { ...stored.data, id: stored.id } as unknown as Loaded<DeviceStatusState>
    const times = status.places.map(({ since, locationId }, index) => ({
      // Before its first place a device counts as there already.
      ...{ locationId, from: index === 0 ? '' : since, until: status.places[index + 1]?.since },
    }))
    for (const [place, some] of watchers) {
      const mine = times.filter(({ locationId }) => locationId === place)
      if (mine.length > 0) some.push({ status, times: mine.map(({ from, until }) => ({ from, until })) })
    }
  }
  return watchers
}

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
