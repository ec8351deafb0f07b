import * as z from 'zod'
import { conflict, entity, refuse, shared } from '#kit'
import { MetricCode } from './device-kind.ts'
import { ServiceTest, UsedPart } from './servicing.ts'
import { Code, Country, Instant, Line, Quantity, Reason } from './values.ts'
import { Outcome } from './wear.ts'

/** What gave rise to a service order. */
export const Cause = z.object({
  kind: z.enum(['alarm', 'complaint', 'plan', 'proposal', 'person']),
  /** Id of the exposure, complaint, plan or maintenance proposal. */
  reference: z.string().optional(),
  at: Instant,
  /** In words, for the technician. */
  why: z.object({ en: Reason, zh: Reason.optional() }),
})

/** A metric of the device in the hours before the order, by the hour. */
const Course = z.object({
  metric: MetricCode,
  unit: z.string(),
  hours: z.array(z.object({ at: Instant, min: z.number(), mean: z.number(), max: z.number() })),
})

/** What the device told in its last hours. */
export const DeviceData = z.object({
  from: Instant,
  to: Instant,
  courses: z.array(Course),
  /** Exposures that were open then. */
  openExposureIds: z.array(z.string()),
})

/** An item that the technician should bring. */
export const WantedPart = z.object({ itemId: z.string(), quantity: Quantity })

/** What is to be served; at least one of them. */
const Subject = z.object({
  /** The device that reports to us. */
  deviceId: z.string().optional(),
  /** The unit, by its serial. */
  lotId: z.string().optional(),
  /** Where the unit is in use. */
  installationId: z.string().optional(),
  /** A machine or gauge of our own. */
  equipmentId: z.string().optional(),
})

const opened = Subject.extend({
  title: Line,
  siteId: z.string().optional(),
  customerId: z.string().optional(),
  /** Skill that the work takes: code of the device kind, item or equipment. */
  skill: Code.optional(),
  /** Country where the work is done. */
  region: Country.optional(),
  wantedParts: z.array(WantedPart),
  cause: Cause,
  data: DeviceData.optional(),
  /** Plan by which it is due. */
  planId: z.string().optional(),
  /** What the data show, in words. */
  diagnosis: z.array(z.object({ en: z.string(), zh: z.string() })),
  openedAt: Instant,
  openedBy: z.string(),
})

/** Work to be done on a device, unit or machine, with what its data say. */
export const ServiceOrder = entity('service-order', {
  area: 'service',
  prefix: 'svo',
  state: opened.extend({
    status: z.enum(['open', 'dispatched', 'done', 'cancelled']),
    /** What else came up while it was open. */
    moreCauses: z.array(Cause),
    technicianId: z.string().optional(),
    dispatchedAt: Instant.optional(),
    /** Wanted parts that the technician does not carry. */
    missing: z.array(WantedPart).optional(),
    /** When it was done or cancelled, and with what result. */
    endedAt: Instant.optional(),
    result: Reason.optional(),
  }),
  example: {
    title: 'Pump 7: vibration above its limit',
    deviceId: 'dev_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    skill: 'infusion-pump',
    region: 'DE',
    wantedParts: [],
    cause: { kind: 'person', at: '2026-03-02T07:00:00.000Z', why: { en: 'It rattles' } },
    diagnosis: [],
    openedAt: '2026-03-02T07:00:00.000Z',
    openedBy: 'usr-service',
    status: 'open',
    moreCauses: [],
  },
  worklist: ({ status }) => status,
  group: (order) => subjectIn(order),
  unique: {
    // Alarms of a device that has an open order by an alarm belong to that order.
    alarm: ({ cause, status, deviceId }) => (cause.kind === 'alarm' && isOpen(status) ? deviceId : undefined),
    // A plan is due once at a time.
    plan: ({ planId, status }) => (isOpen(status) ? planId : undefined),
  },
})

export type ServiceOrderState = z.infer<typeof ServiceOrder.schema>

const isOpen = (status: string) => status === 'open' || status === 'dispatched'

/** Key of the order that alarms of a device join while it is open. */
export const byAlarm = (deviceId: string) => ({
  ...{ status: 'open' as const, deviceId },
  cause: { kind: 'alarm' as const, at: '1970-01-01T00:00:00.000Z', why: { en: 'any' } },
})

/** Id under which an order is listed: of the device, else the unit, else the equipment. */
const subjectIn = ({ deviceId, lotId, equipmentId }: z.infer<typeof Subject>) => deviceId ?? lotId ?? equipmentId

export const ServiceOrderOpened = ServiceOrder.born(
  'ServiceOrderOpened',
  opened.extend({ serviceOrderId: ServiceOrder.id }),
  ({ serviceOrderId: _, ...state }) => ({ ...state, status: 'open', moreCauses: [] }),
)

/** Causes that an order remembers besides its first. */
const mostCauses = 20

/** More came up with what is to be served, before the work was done. */
export const ServiceOrderCauseAdded = ServiceOrder.fact(
  'ServiceOrderCauseAdded',
  z.object({ serviceOrderId: ServiceOrder.id, cause: Cause }),
  ({ id: _, ...order }, { cause }) => ({ ...order, moreCauses: [...order.moreCauses, cause].slice(-mostCauses) }),
)

export const ServiceOrderDispatched = ServiceOrder.fact(
  'ServiceOrderDispatched',
  z.object({
    serviceOrderId: ServiceOrder.id,
    technicianId: z.string(),
    missing: z.array(WantedPart),
    by: z.string(),
    dispatchedAt: Instant,
  }),
  ({ id: _, ...order }, { technicianId, missing, dispatchedAt }) => ({
    ...order,
    ...{ status: 'dispatched', technicianId, missing, dispatchedAt },
  }),
)

/** The work was done; what went in and what it was tested on is told by the unit or equipment too. */
export const ServiceOrderDone = ServiceOrder.fact(
  'ServiceOrderDone',
  z.object({
    serviceOrderId: ServiceOrder.id,
    work: Reason,
    parts: z.array(UsedPart),
    tests: z.array(ServiceTest),
    outcome: Outcome.optional(),
    deviation: Reason.optional(),
    by: z.string(),
    endedAt: Instant,
  }),
  ({ id: _, ...order }, { work, endedAt }) => ({ ...order, status: 'done', result: work, endedAt }),
)

export const ServiceOrderCancelled = ServiceOrder.fact(
  'ServiceOrderCancelled',
  z.object({ serviceOrderId: ServiceOrder.id, reason: Reason, by: z.string(), endedAt: Instant }),
  ({ id: _, ...order }, { reason, endedAt }) => ({ ...order, status: 'cancelled', result: reason, endedAt }),
)

/** How its subject was found, where nobody says: an order that came before a failure renewed what it exchanged. */
export const outcomeOf = ({ cause }: ServiceOrderState, parts: number): z.infer<typeof Outcome> =>
  parts === 0 ? 'sound' : cause.kind === 'plan' || cause.kind === 'proposal' ? 'renewed' : 'failed'

export const serviceOrderRefusals = shared({
  'service-order-ended': conflict(
    'Service order "{title}" was {status} on {endedAt}. Open another for more work.',
    '服务单“{title}”已于 {endedAt} 结束（状态：{status}）。如需更多工作，请另开服务单。',
  ),
})

/** What of a device bears parts and tests: the unit or the equipment that it is. */
export const bornBy = ({
  unitId,
  equipmentId,
}: {
  id: string
  unitId?: string | undefined
  equipmentId?: string | undefined
}) => ({
  ...{ lotId: unitId, equipmentId },
})

/** Refuses to go on with an order that is done or cancelled. */
export const serviceOrderEnded = ({ title, status, endedAt }: ServiceOrderState) =>
  isOpen(status) ? undefined : refuse('service-order-ended', { title, status, endedAt })
