import type * as z from 'zod'
import { Device } from '#domain/device'
import { messageFrom, onceById } from '#domain/device-message'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { commandOf, linesIn, locationsIn, MesEvent, mesRefusals } from '#domain/mes-event'
import { Order } from '#domain/order'
import { reaction } from '#kit'

type Sent = z.infer<typeof MesEvent>

/** The lots of the lines, each by its item and number or serial. */
const lotsOf =
  (key: 'number' | 'serial') =>
  (sent: Sent, { items }: Readonly<Record<string, any>>) =>
    linesIn(sent).map(({ lot: number, serial }, index) => {
      const itemId = items[index]?.id
      if (!itemId || (serial === undefined) !== (key === 'number')) return undefined
      return { itemId, number, serial }
    })

const receivedMs = Date.parse('2026-03-02T08:00:05Z')
const at = '2026-03-02T08:00:00.000Z'
const line = { item: 'RESIN', lot: 'L-2601', location: 'A-01', quantity: 20, unit: 'kg' }
const started = { id: 'm-1', at, event: 'order-started', order: 'PO-1001' }
const issued = { ...started, event: 'material-issued', lines: [line] }
const output = { ...started, event: 'output-recorded', location: 'A-01', lot: 'P-2601', quantity: 98, unit: 'each' }
const sent = (event: object) => messageFrom(Device.sample(), receivedMs, event)
const [orderId, lotId, locationId] = [Order.sample(), Lot.sample(), Location.sample()]
const device = Device.like({ name: 'MES line 3', thingType: 'controller', status: 'certified' })
const orders = [{ ...Order.like(), id: orderId }]
const locations = [{ ...Location.like(), id: locationId }]
const material = {
  items: [{ ...Item.like({ code: 'RESIN' }), id: Item.sample() }],
  lots: [{ ...Lot.like({ unit: 'kg' }), id: lotId }],
}

export const handler = reaction({
  summary: 'Do what a MES reports: an order is started, material is issued, output is recorded, each once by its id.',
  on: { queue: 'mes', inTurn: 'deviceId' },
  input: MesEvent,
  once: onceById,
  reads: {
    device: Device.at('deviceId'),
    orders: Order.by<Sent>('number', ({ message }) => (message ? [{ number: message.order }] : [])).orAbsent(),
    items: Item.by<Sent>('code', (sent) => linesIn(sent).map(({ item: code }) => ({ code }))).orAbsent(),
    lots: Lot.by<Sent>('number', lotsOf('number'), 'items').orAbsent(),
    units: Lot.by<Sent>('serial', lotsOf('serial'), 'items').orAbsent(),
    locations: Location.by<Sent>(
      'code',
      (sent, { device: { siteId } }) => locationsIn(sent).map((code) => ({ siteId, code })),
      'device',
    ).orAbsent(),
  },
  emits: [],
  refuses: mesRefusals,
  dispatches: ['production/start-order', 'production/issue-material', 'production/record-output'],
  // What makes the lot, or starts the order, may be still on its way.
  waitsOn: ['mes-unknown', 'order-not-started', 'stock-short'],
  decide: ({ lots, units, ...recorded }, sent) =>
    commandOf(sent, { ...recorded, lots: lots.map((lot, index) => lot ?? units[index]) }),
  examples: [
    {
      name: 'an order is started',
      given: { device, orders },
      when: sent(started),
      then: { dispatched: 'production/start-order', input: { orderId } },
    },
    {
      name: 'material is issued',
      given: { device, orders, locations, ...material },
      when: sent(issued),
      then: {
        dispatched: 'production/issue-material',
        input: { orderId, happenedAt: at, lines: [{ lotId, locationId, quantity: 20, unit: 'kg' }] },
      },
    },
    {
      name: 'a returned unit is reworked',
      given: {
        ...{ device, orders, locations, items: material.items, lots: [] },
        units: [{ ...Lot.like({ serial: 'SN-77', quantity: 1 }), id: lotId }],
      },
      when: sent({
        ...issued,
        lines: [{ ...line, lot: undefined, serial: 'SN-77', quantity: 1, unit: 'each', rework: 'Display flickers' }],
      }),
      then: {
        dispatched: 'production/issue-material',
        input: { lines: [{ lotId, rework: 'Display flickers' }] },
      },
    },
    {
      name: 'output is recorded',
      given: { device, orders, locations },
      when: sent(output),
      then: {
        dispatched: 'production/record-output',
        input: { orderId, locationId, lotNumber: 'P-2601', quantity: 98, unit: 'each', happenedAt: at },
      },
    },
    {
      name: 'an order that we do not have',
      given: { device, orders: [] },
      when: sent(started),
      then: { refused: 'mes-unknown' },
    },
    {
      name: 'an event that cannot be read',
      given: { device, orders },
      when: sent({ ...started, event: 'order-dreamt' }),
      then: { refused: 'message-unreadable' },
    },
  ],
})
