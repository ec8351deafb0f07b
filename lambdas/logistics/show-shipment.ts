import { Shipment } from '#domain/shipment'
import { showRecord } from '#kit'

export const handler = showRecord(Shipment, 'shipments')
