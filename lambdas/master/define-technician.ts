import * as z from 'zod'
import { Location } from '#domain/location'
import { Technician, TechnicianDefined } from '#domain/technician'
import { Code, Country, distinct, Line } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Define a technician: what the person is trained for, where the person works, and where the parts are kept.',
  route: 'POST /technicians',
  roles: ['admin', 'service'],
  input: z.strictObject({
    code: Code,
    name: Line,
    skills: z.array(Code).min(1).max(50).refine(distinct, 'must not repeat'),
    regions: z.array(Country).min(1).max(50).refine(distinct, 'must not repeat'),
    locationId: Location.id.optional().describe('Location of the parts that the person carries, e.g. a van'),
  }),
  reads: { location: Location.at('locationId').optional() },
  emits: [TechnicianDefined],
  refuses: {},
  decide: (_, input, { newId }) => TechnicianDefined({ ...input, technicianId: newId(Technician) }),
  examples: [
    {
      name: 'a technician with a van',
      given: { location: Location.like({ code: 'VAN-7' }) },
      when: {
        ...{ code: 'T-07', name: 'Ines Kraft', skills: ['infusion-pump', 'PUMP-100'], regions: ['DE', 'AT'] },
        locationId: Location.sample(),
      },
      then: ['TechnicianDefined'],
    },
  ],
})
