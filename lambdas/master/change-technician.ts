import * as z from 'zod'
import { Location } from '#domain/location'
import { Technician, TechnicianChanged } from '#domain/technician'
import { Code, Country, distinct, Line, Reason } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary:
    'Change what a technician is trained for, where the person works or keeps parts, or say that the person left.',
  route: 'POST /technicians/{technicianId}/changes',
  roles: ['admin', 'service'],
  input: z.strictObject({
    technicianId: Technician.id,
    name: Line,
    skills: z.array(Code).max(50).refine(distinct, 'must not repeat'),
    regions: z.array(Country).max(50).refine(distinct, 'must not repeat'),
    locationId: Location.id.optional(),
    status: z.enum(['active', 'left']).default('active'),
    reason: Reason,
  }),
  reads: { technician: Technician.at('technicianId'), location: Location.at('locationId').optional() },
  emits: [TechnicianChanged],
  refuses: {},
  decide: (_, input) => TechnicianChanged(input),
  examples: [
    {
      name: 'trained for one device more',
      given: { technician: Technician.like() },
      when: {
        ...{ technicianId: Technician.sample(), name: 'Ines Kraft', regions: ['DE'] },
        ...{ skills: ['infusion-pump', 'ventilator'], reason: 'Course of March passed' },
      },
      then: ['TechnicianChanged'],
    },
  ],
})
