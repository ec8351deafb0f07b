import * as z from 'zod'
import type { Balance } from '#kit'
import type { LotState } from './lot.ts'
import { kindOfPlace } from './mass-balance.ts'

/** A node of a trace as a person reads it: what it is, how it was reached, and where it is now. */
export const TracedNode = z.object({
  id: z.string(),
  /** Nodes from the seed to this one. */
  path: z.array(z.string()),
  number: z.string().optional(),
  serial: z.string().optional(),
  itemId: z.string().optional(),
  status: z.string().optional(),
  /** Places that hold some of it; empty for what is not stock. */
  places: z.array(z.object({ place: z.string(), kind: z.string(), quantity: z.number() })),
})

/** Describes a traced node from its lot's state and balances, where it is a lot. */
export const tracedNode = (
  node: { readonly id: string; readonly path: readonly string[] },
  lot: LotState | undefined,
  balances: readonly Balance[],
): z.infer<typeof TracedNode> => ({
  id: node.id,
  path: [...node.path],
  ...(lot ? { number: lot.number, serial: lot.serial, itemId: lot.itemId, status: lot.status } : {}),
  places: balances.map(({ place, quantity }) => ({ place, kind: kindOfPlace(place), quantity })),
})
