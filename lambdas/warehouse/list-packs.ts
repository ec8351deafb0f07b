import { Location } from '#domain/location'
import { Pack } from '#domain/pack'
import { listRecords } from '#kit'

export const handler = listRecords(Pack, 'packs', {
  worklist: { status: Pack.schema.shape.status },
  group: { locationId: Location.id },
  keys: { number: { number: Pack.schema.shape.number }, sscc: { sscc: Pack.schema.shape.sscc.unwrap() } },
})
