import { Device, DeviceMaintained } from '#domain/device'
import { Lot } from '#domain/lot'
import { MaintenanceProposal, MaintenanceProposalSettled } from '#domain/maintenance-proposal'
import { ServiceOrder, ServiceOrderDone } from '#domain/service-order'
import { renewalOf } from '#domain/wear'
import { reaction } from '#kit'
import { hoursOfUse } from '#readings'

const [deviceId, unitId, endedAt] = [Device.sample(), Lot.sample(), '2026-03-02T08:00:00.000Z']
const order = ServiceOrder.like({ deviceId, status: 'done', endedAt })
const device = { ...Device.like(), id: deviceId }
const done = {
  ...{ serviceOrderId: ServiceOrder.sample(), work: 'Bearing replaced', tests: [], by: 'usr-service', endedAt },
  parts: [{ lotId: 'lot_00000000000000000000000007', itemId: 'itm_00000000000000000000000007', quantity: 1 }].map(
    (part) => ({ ...part, unit: 'each' as const, from: 'loc_00000000000000000000000001' }),
  ),
  outcome: 'failed' as const,
}

export const handler = reaction({
  summary:
    'Note on a device that was served what of it began a new life and whether it had failed, and settle the proposal that asked for it.',
  on: [ServiceOrderDone],
  input: ServiceOrderDone.schema,
  reads: {
    order: ServiceOrder.at('serviceOrderId'),
    named: Device.of('order.deviceId').optional(),
    bound: Device.by(
      'unit',
      (_, { order }) => [order.lotId === undefined ? undefined : { unitId: order.lotId }],
      'order',
    ).orAbsent(),
    proposal: MaintenanceProposal.of('order.cause.reference').optional().orAbsent(),
  },
  emits: [DeviceMaintained, MaintenanceProposalSettled],
  refuses: {},
  uses: ['table'],
  perform: async ({ named, bound: [bound] }, { endedAt }, { table }): Promise<number | undefined> => {
    const device = named ?? bound
    return device && (await hoursOfUse([device.id], endedAt, table))[0]
  },
  decide: (
    { order, named, bound: [bound], proposal },
    { outcome = 'sound', parts, work, by, endedAt: at },
    { now },
    used,
  ) => {
    const device = named ?? bound
    // What was done to a machine of ours stands in the machine.
    const isMachine = order.lotId === undefined && order.equipmentId !== undefined
    return [
      ...(device && !isMachine && outcome !== 'sound'
        ? [DeviceMaintained({ deviceId: device.id, at, used, ...renewalOf(outcome, parts) })]
        : []),
      ...(proposal?.status === 'open'
        ? [
            MaintenanceProposalSettled({
              ...{ maintenanceProposalId: proposal.id, settledAt: now, settledBy: by, reason: work },
              status: outcome === 'sound' ? 'dismissed' : 'done',
            }),
          ]
        : []),
    ]
  },
  examples: [
    {
      name: 'a pump had failed',
      given: { order, named: device, bound: [] },
      when: done,
      performed: 4100,
      then: ['DeviceMaintained'],
    },
    {
      name: 'a unit that reports to us is known by its order',
      given: { order: ServiceOrder.like({ deviceId: undefined, lotId: unitId }), bound: [{ ...device, unitId }] },
      when: done,
      then: ['DeviceMaintained'],
    },
    {
      name: 'what was proposed was done',
      given: {
        order: ServiceOrder.like({
          ...{ deviceId, status: 'done', endedAt },
          cause: { ...order.cause, kind: 'proposal', reference: MaintenanceProposal.sample() },
        }),
        ...{ named: device, bound: [], proposal: MaintenanceProposal.like() },
      },
      when: { ...done, outcome: 'renewed' },
      then: ['DeviceMaintained', 'MaintenanceProposalSettled'],
    },
    {
      name: 'it was sound',
      given: { order, named: device, bound: [] },
      when: { ...done, parts: [], outcome: 'sound' },
      then: [],
    },
    {
      name: 'the maintenance of a machine of ours stands in the machine',
      given: {
        order: ServiceOrder.like({ deviceId, equipmentId: 'eqp_00000000000000000000000001' }),
        ...{ named: device, bound: [] },
      },
      when: done,
      then: [],
    },
  ],
})
