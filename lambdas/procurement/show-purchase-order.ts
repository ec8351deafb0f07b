import { PurchaseOrder } from '#domain/purchase-order'
import { showRecord } from '#kit'

export const handler = showRecord(PurchaseOrder, 'purchase-orders')
