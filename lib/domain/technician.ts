import * as z from 'zod'
import { entity } from '#kit'
import { Code, Country, Line, Reason } from './values.ts'

const qualified = z.object({
  name: Line,
  /** Codes of the device kinds, items and equipment that the person is trained for. */
  skills: z.array(Code),
  /** Countries where the person works. */
  regions: z.array(Country),
  /** Location that holds the parts the person carries. */
  locationId: z.string().optional(),
})

/** A person who serves devices: what for, where, and with which parts on hand. */
export const Technician = entity('technician', {
  area: 'master',
  prefix: 'tec',
  state: qualified.extend({ code: Code, status: z.enum(['active', 'left']) }),
  example: {
    code: 'T-07',
    name: 'Ines Kraft',
    skills: ['infusion-pump'],
    regions: ['DE', 'AT'],
    status: 'active',
  },
  worklist: ({ status }) => status,
  unique: { code: ({ code }) => code },
})

export type TechnicianState = z.infer<typeof Technician.schema>

export const TechnicianDefined = Technician.born(
  'TechnicianDefined',
  qualified.extend({ technicianId: Technician.id, code: Code }),
  ({ technicianId: _, ...defined }) => ({ ...defined, status: 'active' }),
)

/** Trained for more or less, working elsewhere, or gone. */
export const TechnicianChanged = Technician.fact(
  'TechnicianChanged',
  qualified.extend({ technicianId: Technician.id, status: z.enum(['active', 'left']), reason: Reason }),
  ({ code }, { technicianId: _, reason: __, ...changed }) => ({ ...changed, code }),
)
