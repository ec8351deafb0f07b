import type { People } from './people.ts'

/** A small factory that was built through the front door: enough of everything to work with. */
export interface Factory {
  readonly siteId: string
  readonly locations: readonly string[]
  readonly supplierId: string
  readonly customerId: string
  /** A bought material in kilograms, a bought part, and what is made of them. */
  readonly items: { readonly resin: string; readonly part: string; readonly pump: string }
  readonly equipmentId: string
  readonly deviceId: string
}

/** Founds a factory; `name` tells several of them apart. */
export async function found(people: People, name = 'F1'): Promise<Factory> {
  const code = (what: string) => `${what}-${name}`
  const siteId = await people.make('admin', '/sites', {
    code: code('SITE'),
    name: 'Plant',
    country: 'DE',
    timeZone: 'Europe/Berlin',
  })
  const locations: string[] = []
  for (const [place, zone] of [
    ['STORE', 'ambient'],
    ['COLD', 'cold'],
    ['DOCK', 'dispatch'],
  ])
    locations.push(
      await people.make('admin', `/sites/${siteId}/locations`, {
        code: code(place!),
        name: place!,
        zone,
        ...(zone === 'cold' ? { storage: { minC: 2, maxC: 8 } } : {}),
      }),
    )
  const partner = (role: string, contact: string) =>
    people.make('admin', '/partners', {
      code: code(role.toUpperCase()),
      name: `A ${role}`,
      roles: [role],
      language: 'en',
      country: 'DE',
      contacts: [{ name: 'Safety desk', email: `${contact}@example.com` }],
    })
  const item = (what: string, kind: string, unit: string) =>
    people.make('admin', '/items', { code: code(what), name: { en: what }, kind, unit, tracking: 'lot' })
  return {
    siteId,
    locations,
    supplierId: await partner('supplier', 'supplier'),
    customerId: await partner('customer', 'customer'),
    items: {
      resin: await item('RESIN', 'material', 'kg'),
      part: await item('PART', 'component', 'each'),
      pump: await item('PUMP', 'device', 'each'),
    },
    equipmentId: await people.make('admin', `/sites/${siteId}/equipment`, { code: code('PRESS'), name: 'Press' }),
    deviceId: await people.make('admin', '/devices', {
      siteId,
      name: 'Cold room sensor',
      kindId: await storageSensor(people, code('SENSOR')),
      locationId: locations[1]!,
    }),
  }
}

/** Defines sensors of temperature and humidity; gives the id of the kind. */
export const storageSensor = (people: People, code: string): Promise<string> =>
  people.make('admin', '/device-kinds', {
    ...{ code, name: { en: 'Storage sensor' }, thingType: 'sensor' },
    dictionary: {
      metrics: [
        { code: 'temperatureC', unit: '°C', min: -100, max: 150, range: 'temperature', margin: 0.5 },
        { code: 'humidityPct', unit: '%', min: 0, max: 100, range: 'humidity', margin: 2 },
      ],
    },
  })

/** Brings a supplier's lot to the first location and releases it; gives its id. */
export async function releasedLot(
  people: People,
  { items, supplierId, locations }: Factory,
  lot: { number: string; quantity: number; item?: keyof Factory['items'] },
): Promise<string> {
  const { number, quantity, item = 'part' } = lot
  const facts = await people.post('warehouse', '/deliveries', {
    supplierId,
    locationId: locations[0]!,
    lines: [
      { itemId: items[item], number, supplierLot: `S-${number}`, quantity, unit: item === 'resin' ? 'kg' : 'each' },
    ],
  })
  const lotId = facts.find(({ type }) => type === 'LotReceived')!.id
  await people.post('quality', `/lots/${lotId}/inspections`, {
    results: [{ characteristic: 'Look', found: 'clean', passed: true }],
  })
  await people.post('quality', `/lots/${lotId}/release`, {})
  return lotId
}

/** Plans and starts an order for pumps; gives its id. */
export async function startedOrder(
  people: People,
  { items, siteId }: Factory,
  order: { number: string; quantity: number },
): Promise<string> {
  const orderId = await people.make('production', '/orders', {
    ...order,
    siteId,
    itemId: items.pump,
    unit: 'each',
    due: '2099-12-31',
  })
  await people.post('production', `/orders/${orderId}/start`, {})
  return orderId
}
