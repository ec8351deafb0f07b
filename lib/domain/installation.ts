import * as z from 'zod'
import { entity } from '#kit'
import { HappenedAt } from './happened.ts'
import { Instant, Line, Reason } from './values.ts'

/** A unit in use at a customer: where it stands and since when. */
export const Installation = entity('installation', {
  area: 'service',
  prefix: 'ins',
  node: true,
  state: z.object({
    lotId: z.string(),
    itemId: z.string(),
    customerId: z.string(),
    /** Where at the customer, in the customer's words. */
    place: Line,
    status: z.enum(['installed', 'ended']),
    installedAt: Instant,
    installedBy: z.string(),
    endedAt: Instant.optional(),
  }),
  example: {
    lotId: 'lot_00000000000000000000000001',
    itemId: 'itm_00000000000000000000000001',
    customerId: 'ptr_00000000000000000000000001',
    place: 'Ward 3, bed 12',
    status: 'installed',
    installedAt: '2026-02-10T09:00:00.000Z',
    installedBy: 'usr-service',
  },
  worklist: ({ status }) => status,
  group: ({ customerId }) => customerId,
})

export type InstallationState = z.infer<typeof Installation.schema>

/** A unit that the customer has went into use at a place. */
export const UnitInstalled = Installation.born(
  'UnitInstalled',
  z.object({
    installationId: Installation.id,
    lotId: z.string(),
    itemId: z.string(),
    customerId: z.string(),
    place: Line,
    installedAt: Instant,
    installedBy: z.string(),
    happenedAt: HappenedAt,
  }),
  ({ installationId: _, happenedAt: __, ...installed }) => ({ ...installed, status: 'installed' }),
  {
    stock: ({ installationId, lotId, itemId, customerId }) => [
      { lotId, itemId, quantity: 1, from: customerId, to: installationId },
    ],
    edges: ({ installationId, lotId, customerId, happenedAt: at }) => [
      {
        ...{ kind: 'install', from: lotId, to: installationId, at },
        ...{ quantity: 1, unit: 'each', party: customerId },
      },
    ],
  },
)

/** The unit is no longer in use there; the customer still has it. */
export const UnitUninstalled = Installation.fact(
  'UnitUninstalled',
  z.object({
    installationId: Installation.id,
    lotId: z.string(),
    itemId: z.string(),
    customerId: z.string(),
    endedAt: Instant,
    reason: Reason,
    happenedAt: HappenedAt,
  }),
  (installation, { endedAt }) => ({ ...installation, status: 'ended', endedAt }),
  {
    stock: ({ installationId, lotId, itemId, customerId }) => [
      { lotId, itemId, quantity: 1, from: installationId, to: customerId },
    ],
    edges: ({ installationId, lotId, customerId, happenedAt: at }) => [
      {
        ...{ kind: 'return', from: installationId, to: lotId, at },
        ...{ quantity: 1, unit: 'each', party: customerId },
      },
    ],
  },
)
