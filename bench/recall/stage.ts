import { type Factory, found, releasedLot } from '../../test/cloud/factory.ts'
import type { People } from '../../test/cloud/people.ts'

/** Founds a factory whose suppliers' lots can be recalled. */
export const foundFactory = (people: People): Promise<Factory> => found(people)

/** A lot that some customers got through the front door, each with a phone for text messages; gives who they are. */
export async function shipToSome(people: People, factory: Factory, count: number) {
  const lotId = await releasedLot(people, factory, { number: 'L-CELLS', quantity: 1000 })
  const partnerIds: string[] = []
  const [addresses, phones]: [string[], string[]] = [[], []]
  for (let n = 0; n < count; n += 1) {
    const [email, phone] = [`ward-${n}@consignees.example`, `+49151000000${n}`]
    const customerId = await people.make('admin', '/partners', {
      ...{ code: `WARD-${n}`, name: `Ward ${n}`, roles: ['customer'], language: 'en', country: 'DE' },
      contacts: [{ name: 'Ward pharmacy', email, phone, sms: true }],
    })
    const shipmentId = await people.make('logistics', '/shipments', {
      ...{ number: `SH-CELLS-${n}`, customerId },
      lines: [{ lotId, locationId: factory.locations[0], quantity: 10, unit: 'each' }],
    })
    await people.post('logistics', `/shipments/${shipmentId}/delivery`, { receivedBy: 'Ward' })
    partnerIds.push(customerId)
    addresses.push(email)
    phones.push(phone)
  }
  return { lotId, partnerIds, phones, addresses: [...addresses, 'supplier@example.com'] }
}
