import type * as z from 'zod'
import { Device } from '#domain/device'
import { messageFrom, onceById } from '#domain/device-message'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Pack } from '#domain/pack'
import { Partner } from '#domain/partner'
import { commandOf, Scan, scanRefusals } from '#domain/scan'
import { reaction } from '#kit'

type Sent = z.infer<typeof Scan>

/** Codes of the places that a scan names: where it is, and where it was. */
const placesOf = ({ message }: Sent, { device: { siteId } }: Readonly<Record<string, any>>) => {
  const codes = [message?.location, message?.purpose === 'store' ? message.from : undefined]
  return codes.map((code) => (code === undefined ? undefined : { siteId, code }))
}

/** The lot or unit of the item that the label names. */
const lotOf = ({ items, labelled }: Readonly<Record<string, any>>, by: { number?: string; serial?: string }) => {
  const itemId = (items?.[0] ?? labelled?.[0])?.id
  return itemId && Object.values(by).some(Boolean) ? [{ itemId, ...by }] : []
}

const receivedMs = Date.parse('2026-03-02T08:00:05Z')
const lotId = Lot.sample()
const [here, store, aisle] = [Location.sample(), Location.sample(2), Location.sample(3)]
const device = Device.like({ name: 'Gate 1', thingType: 'scanner', status: 'certified', locationId: here })
const item = { ...Item.like({ gtin: '04012345678901', hibc: 'A999PUMP1' }), id: Item.sample() }
const lot = { ...Lot.like(), id: lotId }
const stock = { [lotId]: { [store]: 40 } }
const given = { device, fixed: Location.like({ code: 'COLD-1' }), items: [item], lots: [lot] }
const customers = [{ ...Partner.like(), id: Partner.sample() }]
const store1 = { id: 's-1', at: '2026-03-02T08:00:00.000Z', purpose: 'store', code: '(01)04012345678901(10)L-2601' }
const ship = { ...store1, purpose: 'ship', shipment: 'SH-7', customer: 'C-1' }
const pallet = { ...store1, code: '(00)095201234567891235' }
const packed = {
  device,
  fixed: given.fixed,
  packs: [{ ...Pack.like({ sscc: '095201234567891235' }), id: Pack.sample() }],
}
const sent = (scan: object) => messageFrom(Device.sample(), receivedMs, scan)
const at = (code: string, text = '') => ({ ...store1, code: `${code}${text}` })

export const handler = reaction({
  summary:
    'Do what a scan of a label means: goods are moved here, shipped from here, or in use; what is unclear is put aside.',
  on: { queue: 'scans', inTurn: 'deviceId' },
  input: Scan,
  once: onceById,
  reads: {
    device: Device.at('deviceId'),
    fixed: Location.of('device.locationId').optional(),
    places: Location.by<Sent>('code', placesOf, 'device').orAbsent(),
    items: Item.by<Sent>('gtin', ({ label: { gtin } }) => (gtin ? [{ gtin }] : [])).orAbsent(),
    labelled: Item.by<Sent>('hibc', ({ label: { hibc } }) => (hibc ? [{ hibc }] : [])).orAbsent(),
    units: Lot.by<Sent>('serial', ({ label: { serial } }, states) => lotOf(states, { serial }), 'items')
      .whole()
      .orAbsent(),
    lots: Lot.by<Sent>(
      'number',
      ({ label: { lot: number, serial } }, states) => lotOf(states, serial ? {} : { number }),
      'items',
    )
      .whole()
      .orAbsent(),
    packs: Pack.by<Sent>('sscc', ({ label: { sscc } }) => (sscc ? [{ sscc }] : [])).orAbsent(),
    customers: Partner.by<Sent>('code', ({ message }) =>
      message && message.purpose !== 'store' ? [{ code: message.customer }] : [],
    ).orAbsent(),
  },
  emits: [],
  refuses: scanRefusals,
  // The scan that brings it there may be still on its way.
  waitsOn: ['scan-elsewhere', 'stock-short'],
  dispatches: ['warehouse/move-stock', 'warehouse/move-pack', 'logistics/ship-goods', 'service/install-unit'],
  decide: ({ device, fixed, places, items, labelled, units, lots, packs, customers }, scan) =>
    commandOf(scan, {
      device,
      item: items[0] ?? labelled[0],
      lot: units[0] ?? lots[0],
      pack: packs[0],
      here: scan.message?.location === undefined ? fixed : places[0],
      from: places[1],
      customer: customers[0],
    }),
  examples: [
    {
      name: 'a lot is put into the cold room',
      given,
      stock,
      when: sent(store1),
      then: { dispatched: 'warehouse/move-stock', input: { lotId, from: store, to: here, quantity: 40, unit: 'each' } },
    },
    {
      name: 'a HIBC label at a place that was scanned first',
      given: { ...given, items: [], labelled: [item], places: [{ ...Location.like(), id: aisle }] },
      stock,
      when: sent({ ...store1, code: '+A999PUMP1/$L-2601P', location: 'A-01', quantity: 3 }),
      then: { dispatched: 'warehouse/move-stock', input: { lotId, from: store, to: aisle, quantity: 3, unit: 'each' } },
    },
    {
      name: 'a lot that lies here already was scanned again',
      given,
      stock: { [lotId]: { [here]: 40 } },
      when: sent(store1),
      then: [],
    },
    {
      name: 'a lot leaves for a hospital',
      given: { ...given, customers },
      stock: { [lotId]: { [here]: 40 } },
      when: sent({ ...ship, quantity: 10 }),
      then: {
        dispatched: 'logistics/ship-goods',
        input: {
          number: 'SH-7',
          customerId: Partner.sample(),
          lines: [{ lotId, locationId: here, quantity: 10, unit: 'each' }],
        },
      },
    },
    {
      name: 'a pump goes into use at a ward',
      given: { ...given, customers, lots: [], units: [{ ...lot, serial: 'SN-77', quantity: 1 }] },
      stock: { [lotId]: { [Partner.sample()]: 1 } },
      when: sent({ ...at('(01)04012345678901(21)SN-77'), purpose: 'install', customer: 'C-1', place: 'Ward 3' }),
      then: {
        dispatched: 'service/install-unit',
        input: { lotId, customerId: Partner.sample(), place: 'Ward 3', happenedAt: store1.at },
      },
    },
    {
      name: 'a reader at the gate sees the RFID tag of a pump',
      given: {
        ...{ ...given, lots: [], items: [{ ...item, gtin: '80614141123458' }] },
        units: [{ ...lot, serial: '6789', quantity: 1 }],
      },
      stock: { [lotId]: { [store]: 1 } },
      when: sent(at('3074257BF7194E4000001A85')),
      then: { dispatched: 'warehouse/move-stock', input: { lotId, from: store, to: here, quantity: 1, unit: 'each' } },
    },
    {
      name: 'a pallet is put onto another rack',
      given: { ...packed, places: [{ ...Location.like(), id: aisle }] },
      when: sent({ ...pallet, location: 'A-01' }),
      then: { dispatched: 'warehouse/move-pack', input: { packId: Pack.sample(), to: aisle, happenedAt: store1.at } },
    },
    {
      name: 'a pallet that stands here already was scanned again',
      given: packed,
      when: sent(pallet),
      then: [],
    },
    {
      name: 'a pallet leaves for a hospital with all it holds',
      given: { ...packed, customers },
      when: sent({ ...ship, code: pallet.code }),
      then: {
        dispatched: 'logistics/ship-goods',
        input: { number: 'SH-7', customerId: Partner.sample(), packIds: [Pack.sample()], happenedAt: store1.at },
      },
    },
    {
      name: 'a pallet of somebody else',
      given: { ...packed, packs: [] },
      when: sent(pallet),
      then: { refused: 'scan-pack-unknown' },
    },
    {
      name: 'half a pallet',
      given: packed,
      when: sent({ ...pallet, quantity: 5 }),
      then: { refused: 'scan-pack-whole' },
    },
    {
      name: 'a label that is none',
      given,
      when: sent(at('https://example.com')),
      then: { refused: 'scan-unreadable' },
    },
    {
      name: 'a scanner that stands nowhere',
      given: { ...given, fixed: undefined, device: { ...device, locationId: undefined } },
      when: sent(store1),
      then: { refused: 'scan-place-unknown' },
    },
    {
      name: 'goods of somebody else',
      given: { ...given, items: [], lots: [] },
      when: sent(store1),
      then: { refused: 'scan-item-unknown' },
    },
    {
      name: 'a label without production data',
      given: { ...given, lots: [] },
      when: sent(at('(01)04012345678901')),
      then: { refused: 'scan-lot-missing' },
    },
    {
      name: 'a lot that was never received',
      given: { ...given, lots: [] },
      when: sent(store1),
      then: { refused: 'scan-lot-unknown' },
    },
    {
      name: 'a lot that lies at two places',
      given,
      stock: { [lotId]: { [store]: 20, [aisle]: 20 } },
      when: sent(store1),
      then: { refused: 'scan-ambiguous' },
    },
    {
      name: 'a lot that the customer has',
      given,
      stock: { [lotId]: { [Partner.sample()]: 40 } },
      when: sent(store1),
      then: { refused: 'scan-elsewhere' },
    },
    {
      name: 'a delivery to nobody',
      given,
      stock: { [lotId]: { [here]: 40 } },
      when: sent(ship),
      then: { refused: 'scan-customer-unknown' },
    },
    {
      name: 'a message that cannot be read',
      given: { ...given, items: [], lots: [] },
      when: sent({ ...store1, purpose: 'steal' }),
      then: { refused: 'message-unreadable' },
    },
    {
      name: 'a clock of 1970',
      given,
      when: sent({ ...store1, at: '1970-01-01T00:00:10Z' }),
      then: { refused: 'message-misdated' },
    },
    {
      name: 'a client that speaks as another',
      given,
      when: { ...sent(store1), clientId: Device.sample(2) },
      then: { refused: 'device-impersonated' },
    },
  ],
})
