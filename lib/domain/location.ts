import * as z from 'zod'
import { entity } from '#kit'
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
