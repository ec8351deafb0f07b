/** Genealogy node of a supplier's own lot, where every trace to the outside begins; the prefix keeps it apart from our ids. */
export const supplierLotNode = (supplierId: string, supplierLot: string) => `supplier-lot:${supplierId}:${supplierLot}`
