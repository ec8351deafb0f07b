import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import { diagnosisOf } from '#domain/diagnosis'
import { Exposure, type ExposureState } from '#domain/exposure'
import type { ServiceOrderState } from '#domain/service-order'
import type { Ports } from '#kit'

const hourMs = 3_600_000
/** A service order carries this many hours of data. */
const told = 24
/** What is usual for a device is learned from this many. */
const learned = 60 * 24

type Told = Pick<ServiceOrderState, 'data' | 'diagnosis'>

/** What a device told in its last hours, and what that shows; nothing where no device is known. */
export async function lastHours(
  deviceId: string | undefined,
  { table, series }: Pick<Ports, 'table' | 'series'>,
  now: string,
): Promise<Told> {
  const [stored] = deviceId ? await table.states([{ entity: DeviceStatus, id: deviceId }]) : []
  if (!stored) return { diagnosis: [] }
  const { dictionary, open } = stored.data as DeviceStatusState
  const exposures = (await table.states(open.map((id) => ({ entity: Exposure, id })))).flatMap((one) =>
    one ? [{ ...(one.data as ExposureState), id: one.id }] : [],
  )
  const before = (hours: number) => new Date(Date.parse(now) - hours * hourMs).toISOString()
  const hourly = (code: string, from: string) => series.summarize(stored.id, code, from, now, hourMs / 1000)
  const from = before(told)
  const courses = await Promise.all(
    dictionary.metrics.map(async ({ code: metric, unit }) => ({
      ...{ metric, unit },
      hours: (await hourly(metric, from)).map(({ at, min, mean, max }) => ({ at, min, mean, max })),
    })),
  )
  const watched = dictionary.metrics.filter(({ alarm }) => alarm !== undefined)
  const histories = await Promise.all(
    watched.map(async ({ code, drivenBy }) => {
      const values = await hourly(code, before(learned))
      return [code, { values, drivers: drivenBy ? await hourly(drivenBy, before(learned)) : [] }] as const
    }),
  )
  return {
    data: { from, to: now, courses: courses.filter(({ hours }) => hours.length > 0), openExposureIds: open },
    diagnosis: diagnosisOf(dictionary.metrics, exposures, new Map(histories)),
  }
}
