import * as z from 'zod'
import { dispatch, type Loaded, type Refusal, refuse, refused } from '#kit'
import type { DeviceState } from './device.ts'
import { type DeviceMessage, heading, messageFlaw, messageOf, messageRefusals } from './device-message.ts'
import { Code, LotNumber, Quantity, QuantityOrZero, Reason, Unit } from './values.ts'

/** Name of the IoT topic rule that takes in what a manufacturing execution system (MES) reports. */
export const mesRule = 'lotline_mes'

const happened = { ...heading, order: Code }
const lot = { item: Code, lot: LotNumber.optional(), serial: LotNumber.optional() }
const unit = { quantity: Quantity, unit: Unit }

/** What a MES reports, in the numbers and codes that people use. */
export const MesPayload = z.discriminatedUnion('event', [
  z.strictObject({ ...happened, event: z.literal('order-started') }),
  z.strictObject({
    ...happened,
    event: z.literal('material-issued'),
    lines: z
      .array(
        z
          .strictObject({ ...lot, ...unit, location: Code, deviation: Reason.optional(), rework: Reason.optional() })
          .refine((line) => line.lot !== undefined || line.serial !== undefined, 'must name a lot or a serial'),
      )
      .min(1)
      .max(20),
  }),
  z.strictObject({
    ...happened,
    event: z.literal('output-recorded'),
    location: Code,
    lot: LotNumber,
    quantity: QuantityOrZero,
    unit: Unit,
    scrapped: QuantityOrZero.optional(),
    serials: z.array(LotNumber).max(15).optional(),
  }),
])

export type MesPayload = z.infer<typeof MesPayload>

export const MesEvent = messageOf(MesPayload)

/** Lines of material that an event names. */
export const linesIn = ({ message }: DeviceMessage<MesPayload>) =>
  message?.event === 'material-issued' ? message.lines : []

/** Codes of the locations that an event names, line by line. */
export const locationsIn = (sent: DeviceMessage<MesPayload>) =>
  sent.message?.event === 'output-recorded' ? [sent.message.location] : linesIn(sent).map(({ location }) => location)

export const mesRefusals = {
  ...messageRefusals,
  'mes-unknown': refused(
    'MES event {id} of {name} names {what} {given}, which our records do not have. Define it, then send the event again.',
    '{name} 的 MES 事件 {id} 所述{what} {given} 不在记录中。请先登记，再重新发送该事件。',
  ),
}

/** What our records have of what an event names, in its order; undefined where they have nothing. */
interface Recorded {
  readonly device: DeviceState
  readonly orders: readonly (Loaded<object> | undefined)[]
  readonly lots: readonly (Loaded<object> | undefined)[]
  readonly locations: readonly (Loaded<object> | undefined)[]
}

/** The business command that reports the same. */
export function commandOf(sent: DeviceMessage<MesPayload>, { device, orders: [order], lots, locations }: Recorded) {
  const flaw = messageFlaw(sent)
  if (flaw) return flaw
  const message = sent.message!
  const lines = linesIn(sent)
  const unknown = (what: string, given: unknown): Refusal<keyof typeof mesRefusals> =>
    refuse('mes-unknown', { id: message.id, name: device.name, what, given })
  if (!order) return unknown('order', message.order)
  const [noLot, noPlace] = [lines.findIndex((_, index) => !lots[index]), locations.indexOf(undefined)]
  if (noLot >= 0) return unknown('lot', [lines[noLot]!.item, lines[noLot]!.serial ?? lines[noLot]!.lot].join(' '))
  if (noPlace >= 0) return unknown('location', locationsIn(sent)[noPlace])

  const actor = { sub: device.id, name: device.name, sites: [device.siteId] }
  const [orderId, happenedAt] = [order.id, message.at]
  switch (message.event) {
    case 'order-started':
      return dispatch('production/start-order', { orderId }, actor)
    case 'material-issued': {
      const issued = lines.map(({ item: _, lot: __, serial: ___, location: ____, ...line }, index) => ({
        ...{ ...line, lotId: lots[index]!.id, locationId: locations[index]!.id },
      }))
      return dispatch('production/issue-material', { orderId, lines: issued, happenedAt }, actor)
    }
    case 'output-recorded': {
      const { lot: lotNumber, quantity, unit, scrapped, serials } = message
      const output = { orderId, locationId: locations[0]!.id, lotNumber, quantity, unit, scrapped, serials, happenedAt }
      return dispatch('production/record-output', output, actor)
    }
  }
}
