import * as z from 'zod'
import { Equipment } from '#domain/equipment'
import { Order, orderRefusals, RunRecorded, unstarted } from '#domain/order'
import { Instant, Line, Reason } from '#domain/values'
import { command, invalid, refuse, refused } from '#kit'

const given = { order: Order.like(), equipment: Equipment.like({ calibrationDue: '2099-12-31' }) }
const when = {
  orderId: Order.sample(),
  equipmentId: Equipment.sample(),
  from: '2026-03-01T08:00:00.000Z',
  until: '2026-03-01T09:30:00.000Z',
  parameters: [{ name: 'Sealing temperature', value: 182.5, unit: 'C' }],
}

export const handler = command({
  summary: 'Record when which equipment worked on an order and with which parameters.',
  route: 'POST /orders/{orderId}/runs',
  roles: ['production'],
  input: z.strictObject({
    orderId: Order.id,
    equipmentId: Equipment.id,
    from: Instant,
    until: Instant,
    parameters: z
      .array(z.strictObject({ name: Line, value: z.union([z.number(), Line]), unit: Line.optional() }))
      .max(50)
      .default([]),
    deviation: Reason.optional().describe('Why equipment was used that was not fit for use'),
  }),
  reads: { order: Order.at('orderId'), equipment: Equipment.at('equipmentId') },
  emits: [RunRecorded],
  refuses: {
    'order-not-started': orderRefusals['order-not-started'],
    'run-interval': invalid(
      'A run must end after it began, and not after now ({now}). Check "from" and "until".',
      '运行的结束时间须晚于开始时间，且不得晚于当前时间（{now}）。请检查 “from” 和 “until”。',
    ),
    'equipment-elsewhere': refused(
      'Equipment {code} is not at the site of order {number}. Choose equipment of that site.',
      '设备 {code} 不在生产订单 {number} 的站点。请选择该站点的设备。',
    ),
    'equipment-unfit': refused(
      'Equipment {code} was {status} (calibration due {due}). Calibrate it, or give "deviation", the reason why it was used.',
      '设备 {code} 状态为 {status}（校准到期日 {due}）。请先校准，或在 “deviation” 中说明使用原因。',
    ),
  },
  decide: ({ order, equipment }, input, { now }) => {
    const { code, siteId, status, calibrationDue: due } = equipment
    const [from, until] = [new Date(input.from).toISOString(), new Date(input.until).toISOString()]
    if (from >= until || until > now) return refuse('run-interval', { now })
    if (siteId !== order.siteId) return refuse('equipment-elsewhere', { code, number: order.number })
    const overdue = due !== undefined && due < until.slice(0, 10)
    if ((overdue || status === 'out-of-service') && input.deviation === undefined)
      return refuse('equipment-unfit', { code, due: due ?? '-', status: overdue ? 'overdue' : status })
    return unstarted(order) ?? RunRecorded({ ...input, from, until })
  },
  examples: [
    { name: 'a sealer ran for an hour and a half', given, when, then: ['RunRecorded'] },
    {
      name: 'overdue equipment was used for a reason',
      given: { ...given, equipment: Equipment.like({ calibrationDue: '2020-01-31' }) },
      when: { ...when, deviation: 'Verified against the reference gauge before use' },
      then: ['RunRecorded'],
    },
    {
      name: 'overdue equipment was used without a reason',
      given: { ...given, equipment: Equipment.like({ calibrationDue: '2020-01-31' }) },
      when,
      then: { refused: 'equipment-unfit' },
    },
    {
      name: 'a run cannot end before it began',
      given,
      when: { ...when, until: '2026-03-01T07:59:00.000Z' },
      then: { refused: 'run-interval' },
    },
    {
      name: 'a run has not happened yet',
      given,
      when: { ...when, until: '2099-12-31T08:00:00.000Z' },
      then: { refused: 'run-interval' },
    },
    {
      name: 'equipment does not work at a distance',
      given: { ...given, equipment: Equipment.like({ siteId: 'sit_00000000000000000000000002' }) },
      when,
      then: { refused: 'equipment-elsewhere' },
    },
    {
      name: 'an order that was not started has no runs',
      given: { ...given, order: Order.like({ status: 'planned' }) },
      when,
      then: { refused: 'order-not-started' },
    },
  ],
})
