import { Partner } from '#domain/partner'
import { SupplierLot } from '#domain/supplier-lot'
import { SupplierLotNumber } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(SupplierLot, 'supplier-lots', {
  group: { supplierId: Partner.id },
  keys: { number: { supplierId: Partner.id, number: SupplierLotNumber } },
})
