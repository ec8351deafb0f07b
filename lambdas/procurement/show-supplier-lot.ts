import { SupplierLot } from '#domain/supplier-lot'
import { showRecord } from '#kit'

export const handler = showRecord(SupplierLot, 'supplier-lots')
