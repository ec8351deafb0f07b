import { Order } from '#domain/order'
import { showRecord } from '#kit'

export const handler = showRecord(Order, 'orders')
