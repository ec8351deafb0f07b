import { ServiceOrder } from '#domain/service-order'
import { showRecord } from '#kit'

export const handler = showRecord(ServiceOrder, 'service-orders')
