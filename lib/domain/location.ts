import * as z from 'zod'
import { entity, refuse, refused, shared } from '#kit'
import { Code, Line, StorageRange } from './values.ts'

export const Zone = z.enum(['receiving', 'quarantine', 'ambient', 'cold', 'frozen', 'production', 'dispatch'])

/** A place at a site where stock is kept. */
export const Location = entity('location', {
  area: 'master',
  prefix: 'loc',
  state: z.object({
    siteId: z.string(),
    /** Unique at its site. */
    code: Code,
    name: Line,
    zone: Zone,
    /** What the place guarantees; sensors that leave it open an exposure. */
    storage: StorageRange.optional(),
    /** Sensors that watch it. */
    deviceIds: z.array(z.string()),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    code: 'A-01',
    name: 'Aisle A, rack 1',
    zone: 'ambient',
    deviceIds: [],
  },
  group: ({ siteId }) => siteId,
  unique: { code: ({ siteId, code }) => `${siteId} ${code}` },
})

export type LocationState = z.infer<typeof Location.schema>

export const LocationDefined = Location.born(
  'LocationDefined',
  z.object({
    locationId: Location.id,
    siteId: z.string(),
    code: Code,
    name: Line,
    zone: Zone,
    storage: StorageRange.optional(),
  }),
  ({ locationId: _, ...defined }) => ({ ...defined, deviceIds: [] }),
)

export const storageRefusals = shared({
  'storage-unfit': refused(
    'Item {item} must be stored at {needs}; location {code} guarantees {keeps}. Choose another location.',
    '物料 {item} 须储存于 {needs}；库位 {code} 保证 {keeps}。请选择其他库位。',
  ),
})

type Range = z.infer<typeof StorageRange>

/** Refuses a location whose guaranteed range does not lie within the range that the item needs. */
export function storageUnfit(
  item: { readonly code: string; readonly storage?: Range | undefined },
  { code, storage: keeps = {} }: Pick<LocationState, 'code' | 'storage'>,
) {
  const needs = item.storage ?? {}
  const fits =
    within(keeps.minC, keeps.maxC, needs.minC, needs.maxC) && within(keeps.minRh, keeps.maxRh, needs.minRh, needs.maxRh)
  return fits ? undefined : refuse('storage-unfit', { item: item.code, code, needs: told(needs), keeps: told(keeps) })
}

const within = (low = -Infinity, high = Infinity, lowest = -Infinity, highest = Infinity) =>
  low >= lowest && high <= highest

const told = ({ minC, maxC, minRh, maxRh }: Range) =>
  [...interval(minC, maxC, '°C'), ...interval(minRh, maxRh, '% RH')].join(', ') || '-'

const interval = (low: number | undefined, high: number | undefined, unit: string) =>
  low === undefined && high === undefined ? [] : [`${low ?? ''}..${high ?? ''} ${unit}`]
