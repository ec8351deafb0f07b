import * as z from 'zod'
import { entity, type Loaded } from '#kit'
import { SupplierLotNumber } from './values.ts'

/** A lot under its supplier's own number: the node where every trace to the outside begins. */
export const SupplierLot = entity('supplier-lot', {
  area: 'procurement',
  prefix: 'slt',
  node: true,
  state: z.object({ supplierId: z.string(), number: SupplierLotNumber }),
  example: { supplierId: 'ptr_00000000000000000000000001', number: 'ACME 7/3' },
  group: ({ supplierId }) => supplierId,
  unique: { number: ({ supplierId, number }) => `${supplierId} ${number}` },
})

type SupplierLotState = z.infer<typeof SupplierLot.schema>

/** A supplier lot was named for the first time, by a delivery or by a recall before it came. */
export const SupplierLotNamed = SupplierLot.born(
  'SupplierLotNamed',
  z.object({ supplierLotId: SupplierLot.id, supplierId: z.string(), number: SupplierLotNumber }),
  ({ supplierId, number }) => ({ supplierId, number }),
)

/**
 * Ids of supplier lots in the order in which an input names them, and the facts that give one to those never named
 * before; `known` are the states read by their numbers.
 */
export function identify(
  named: readonly (SupplierLotState | undefined)[],
  known: readonly (Loaded<SupplierLotState> | undefined)[],
  newId: () => string,
) {
  const born = new Map<string, ReturnType<typeof SupplierLotNamed>>()
  const ids = named.map((one, index) => {
    if (!one || known[index]) return known[index]?.id
    const key = SupplierLot.unique.number!(one)!
    const fact = born.get(key) ?? SupplierLotNamed({ supplierLotId: newId(), ...one })
    born.set(key, fact)
    return fact.data.supplierLotId
  })
  return { ids, facts: [...born.values()] }
}
