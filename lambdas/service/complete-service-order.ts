import * as z from 'zod'
import { Equipment, EquipmentRepaired } from '#domain/equipment'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unusable } from '#domain/lot'
import { Partner } from '#domain/partner'
import {
  outcomeOf,
  ServiceOrder,
  ServiceOrderDone,
  serviceOrderEnded,
  serviceOrderRefusals,
} from '#domain/service-order'
import { ServicePlan, ServicePlanMet } from '#domain/service-plan'
import { LotServiced } from '#domain/servicing'
import { Line, Quantity, Reason, Unit } from '#domain/values'
import { HoursOfUse, Outcome } from '#domain/wear'
import { command, refuse, refused } from '#kit'
import { type Used, whereUsed } from '#readings'

const [unitId, partId, gaugeId] = [Lot.sample(), Lot.sample(2), Equipment.sample(2)]
const unit = Lot.like({ serial: 'SN-77', quantity: 1 })
const order = ServiceOrder.like({ status: 'dispatched', lotId: unitId })
const gauge = Equipment.like({ code: 'FLOW-2', calibrationDue: '2099-12-31' })
const part = { lotId: partId, quantity: 1, unit: 'each' as const, locationId: Location.sample() }
const test = { equipmentId: gaugeId, characteristic: 'Flow rate', found: '5.0 ml/h', passed: true }
const when = { serviceOrderId: ServiceOrder.sample(), work: 'Battery replaced and flow checked' }
const given = { order, unit, lots: [Lot.like({ number: 'BAT-7' })], locations: [Location.like()] }
const stock = { [partId]: { [Location.sample()]: 5 } }

export const handler = command({
  summary:
    'Record that an order was done, with the spare parts that went in and the gauges it was tested on; all of them can be traced from now on.',
  route: 'POST /service-orders/{serviceOrderId}/completion',
  roles: ['service'],
  input: z.strictObject({
    serviceOrderId: ServiceOrder.id,
    work: Reason,
    parts: z
      .array(z.strictObject({ lotId: Lot.id, quantity: Quantity, unit: Unit, locationId: Location.id }))
      .max(15)
      .default([]),
    tests: z
      .array(z.strictObject({ equipmentId: Equipment.id, characteristic: Line, found: Line, passed: z.boolean() }))
      .max(15)
      .default([]),
    outcome: Outcome.optional().describe(
      'Whether it had failed, was renewed before it did, or was sound; by the cause of the order and the parts if absent',
    ),
    used: HoursOfUse.optional().describe('Hours of use that equipment of our own had counted, where it counts them'),
    needsCalibration: z.boolean().default(false).describe('Of equipment of our own: it waits for a calibration'),
    deviation: Reason.optional().describe('Why a gauge was used that was not fit for use'),
    happenedAt: HappenedAt,
  }),
  reads: {
    order: ServiceOrder.at('serviceOrderId'),
    unit: Lot.of('order.lotId').optional(),
    customer: Partner.of('order.customerId').optional(),
    machine: Equipment.of('order.equipmentId').optional(),
    plan: ServicePlan.of('order.planId').optional(),
    lots: Lot.at('parts[].lotId').unfrozen(),
    locations: Location.at('parts[].locationId'),
    gauges: Equipment.at('tests[].equipmentId'),
  },
  emits: [ServiceOrderDone, LotServiced, EquipmentRepaired, ServicePlanMet],
  refuses: {
    ...serviceOrderRefusals,
    ...lotRefusals,
    ...unitRefusals,
    ...happenedRefusals,
    'parts-untraceable': refused(
      'Service order "{title}" names neither a unit nor equipment that parts or tests could be traced to. Open one that does, and cancel this one.',
      '服务单“{title}”未指明可供零件或测试追溯的单件或设备。请另开并指明对象，再取消此单。',
    ),
    'unit-unused': refused(
      'The unit of service order "{title}" is at customer {customer}, but in use nowhere. Record its installation first, so that it is known who has the parts.',
      '服务单“{title}”的单件在客户 {customer} 处，但未登记安装。请先登记安装，以便追溯零件去向。',
    ),
    'gauge-unfit': refused(
      'Gauge {code} was {status} (calibration due {due}). Test on another, or give "deviation", the reason why it was used.',
      '量具 {code} 状态为 {status}（校准到期日 {due}）。请改用其他量具，或在 “deviation” 中说明使用原因。',
    ),
  },
  uses: ['table'],
  perform: async ({ unit }, _, { table }): Promise<Used> => (unit ? whereUsed(unit.id, table) : {}),
  decide: (
    states,
    { serviceOrderId, work, needsCalibration, deviation, happenedAt, ...input },
    { now, actor },
    used,
  ) => {
    const { order, unit, customer, machine, plan, lots, gauges } = states
    const { installation, unusedAt } = used ?? {}
    const doneAt = new Date(happenedAt ?? now).toISOString()
    const wrong =
      serviceOrderEnded(order) ??
      notYet(happenedAt, now) ??
      input.parts
        .map(({ unit: of, quantity }, index) => unusable(lots[index]!, now) ?? unitMismatch(lots[index]!, of, quantity))
        .find(Boolean)
    if (wrong) return wrong
    if (!unit && !machine && input.parts.length + input.tests.length > 0)
      return refuse('parts-untraceable', { title: order.title })
    if (unusedAt && input.parts.length + input.tests.length > 0)
      return refuse('unit-unused', { title: order.title, customer: customer?.code ?? unusedAt })
    const unfit = gauges.map(({ status, calibrationDue: due }) =>
      due !== undefined && due < doneAt.slice(0, 10) ? 'overdue' : status === 'out-of-service' ? status : undefined,
    )
    const worst = gauges.findIndex((_, index) => unfit[index])
    if (worst >= 0 && deviation === undefined) {
      const { code, calibrationDue: due = '-' } = gauges[worst]!
      return refuse('gauge-unfit', { code, status: unfit[worst], due })
    }
    const parts = input.parts.map(({ locationId: from, ...one }, index) => ({
      ...one,
      from,
      itemId: lots[index]!.itemId,
    }))
    const tests = input.tests.map((one, index) => ({
      ...{ ...one, testedAt: doneAt },
      ...(unfit[index] ? { unfit: true as const } : {}),
    }))
    const { outcome = outcomeOf(order, parts.length) } = input
    const at = { servicedAt: doneAt, servicedBy: actor.sub }
    return [
      ServiceOrderDone({ serviceOrderId, work, parts, tests, outcome, deviation, by: actor.sub, endedAt: doneAt }),
      ...(unit
        ? [
            LotServiced({
              ...{ lotId: unit.id, serviceOrderId, parts, tests, ...at },
              installation,
            }),
          ]
        : machine
          ? [
              EquipmentRepaired({
                ...{ equipmentId: machine.id, repairedAt: doneAt, repairedBy: actor.sub, description: work },
                ...{ needsCalibration, parts, tests, outcome, used: input.used },
              }),
            ]
          : []),
      ...(plan ? [ServicePlanMet({ servicePlanId: plan.id, serviceOrderId, done: true, at: doneAt })] : []),
    ]
  },
  examples: [
    {
      name: 'a battery goes into a pump, and its flow is checked',
      given: { ...given, gauges: [gauge] },
      stock,
      when: { ...when, parts: [part], tests: [test] },
      then: ['ServiceOrderDone', 'LotServiced'],
    },
    {
      name: 'the unit is at a customer, and in use nowhere',
      given,
      stock: { ...stock, [unitId]: { [Partner.sample()]: 1 } },
      when: { ...when, parts: [part] },
      performed: { unusedAt: Partner.sample() },
      then: { refused: 'unit-unused' },
    },
    {
      name: 'a mixer of our own gets a seal, as planned',
      given: {
        order: ServiceOrder.like({ equipmentId: Equipment.sample(), planId: ServicePlan.sample() }),
        machine: Equipment.like(),
        plan: ServicePlan.like(),
        lots: [Lot.like()],
        locations: [Location.like()],
      },
      stock,
      when: { ...when, work: 'Seal replaced', needsCalibration: true, parts: [part] },
      then: ['ServiceOrderDone', 'EquipmentRepaired', 'ServicePlanMet'],
    },
    { name: 'nothing was broken', given: { order: ServiceOrder.like() }, when, then: ['ServiceOrderDone'] },
    {
      name: 'a part into something that nobody can trace',
      given: { order: ServiceOrder.like(), lots: given.lots, locations: given.locations },
      stock,
      when: { ...when, parts: [part] },
      then: { refused: 'parts-untraceable' },
    },
    {
      name: 'a gauge that is overdue',
      given: { order, unit, gauges: [Equipment.like({ code: 'FLOW-2', calibrationDue: '2020-01-31' })] },
      when: { ...when, tests: [test] },
      then: { refused: 'gauge-unfit' },
    },
    {
      name: 'a gauge that is overdue, and why',
      given: { order, unit, gauges: [Equipment.like({ code: 'FLOW-2', calibrationDue: '2020-01-31' })] },
      when: { ...when, tests: [test], deviation: 'The only one in the country; the ward could not wait' },
      then: ['ServiceOrderDone', 'LotServiced'],
    },
    {
      name: 'a held part is not built in',
      given: { ...given, lots: [Lot.like({ status: 'held', hold: 'Cells swell' })] },
      stock,
      when: { ...when, parts: [part] },
      then: { refused: 'lot-held' },
    },
    {
      name: 'it is done once',
      given: { order: ServiceOrder.like({ status: 'done', endedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      then: { refused: 'service-order-ended' },
    },
  ],
})
