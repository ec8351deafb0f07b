import * as z from 'zod'
import type { Edge, StockMove } from '#kit'
import { Quantity, Unit } from './values.ts'

/** Some of a lot that was built into one very unit; it is at that unit from then on. */
export const Component = z.object({ lotId: z.string(), itemId: z.string(), quantity: Quantity, unit: Unit })
type Components = readonly z.infer<typeof Component>[]

/** Components move from the order to the unit, so that nothing is built in that was not issued to the order. */
export const assembledStock = (unitId: string, orderId: string, components: Components = []): StockMove[] =>
  components.map(({ lotId, itemId, quantity }) => ({ lotId, itemId, quantity, from: orderId, to: unitId }))

/** The unit map of an order in the genealogy: it says which of the order's material is in which of its units. */
export const assembledEdges = (unitId: string, components: Components = [], at?: string): Edge[] =>
  components.map(({ lotId, ...part }) => ({ ...part, kind: 'assemble', from: lotId, to: unitId, at }))
