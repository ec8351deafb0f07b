import * as z from 'zod'
import { Device } from '#domain/device'
import { DeviceCommand, isOpen } from '#domain/device-command'
import { DeviceStatus } from '#domain/device-status'
import { DeviceTwin } from '#domain/device-twin'
import { Equipment } from '#domain/equipment'
import { Exposure } from '#domain/exposure'
import { writeHri } from '#domain/gs1'
import { Installation } from '#domain/installation'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { MaintenanceProposal } from '#domain/maintenance-proposal'
import { Order } from '#domain/order'
import { Partner } from '#domain/partner'
import { ProcessChange } from '#domain/process-change'
import { Recall } from '#domain/recall'
import { ServiceOrder } from '#domain/service-order'
import { udiElements } from '#domain/udi'
import { Renewal } from '#domain/wear'
import { type Entity, everyone, listAll, type Ports, query } from '#kit'

/** Hours of the series that come along. */
const hoursShown = 24
const hourMs = 3_600_000

const recorded = <S extends z.ZodType>(state: S) => z.object({ id: z.string(), state })
const JsonObject = z.record(z.string(), z.unknown())

export const handler = query({
  summary:
    'Show all there is about a device: what it is and was made of, where and whose, how it is, its last day, its upkeep, and what is open.',
  route: 'GET /devices/{deviceId}/twin',
  roles: everyone,
  input: z.strictObject({ deviceId: Device.id }),
  reads: {
    device: Device.at('deviceId'),
    status: DeviceStatus.at('deviceId'),
    twin: DeviceTwin.at('deviceId').orAbsent(),
    location: Location.of('device.locationId').optional(),
    equipment: Equipment.of('device.equipmentId').optional(),
    unit: Lot.of('device.unitId').whole().optional(),
    item: Item.of('unit.itemId').optional(),
    order: Order.of('unit.orderId').optional(),
    changes: ProcessChange.of('order.processChanges[]'),
    parts: Lot.of('unit.history[].data.components[].lotId'),
    // A balance says where something is: the id of one of these, or of something else.
    installations: Installation.of('unit.balances[].place').orAbsent(),
    holders: Partner.of('unit.balances[].place').orAbsent(),
    customers: Partner.of('installations[].customerId'),
    exposures: Exposure.of('status.open[]'),
  },
  uses: ['table', 'series', 'shadow'],
  output: z.object({
    identity: z.object({
      deviceId: z.string(),
      name: z.string(),
      kind: z.string(),
      thingType: z.string(),
      status: z.string(),
      serial: z.string().optional(),
      /** As it is printed on the label. */
      udi: z.string().optional(),
      unit: recorded(Lot.schema).optional(),
      item: recorded(Item.schema).optional(),
      equipment: recorded(Equipment.schema).optional(),
    }),
    /** What it was made of and under which process changes; `GET /traces/{nodeId}` goes on from each. */
    asBuilt: z
      .object({
        order: recorded(Order.schema).optional(),
        parts: z.array(recorded(Lot.schema)),
        processChanges: z.array(recorded(ProcessChange.schema)),
      })
      .optional(),
    firmware: z.object({ version: z.string(), since: z.string() }).optional(),
    location: recorded(Location.schema).optional(),
    /** Whose it is, and where at them, where it left us. */
    owner: recorded(Partner.schema).optional(),
    installation: recorded(Installation.schema).optional(),
    state: z.object({
      reported: z.string().optional(),
      latest: DeviceStatus.schema.shape.latest,
      lastSeenAt: z.string().optional(),
      conditions: DeviceTwin.schema.shape.conditions,
      /** What it counts of its use, e.g. hours. */
      usage: DeviceTwin.schema.shape.counters,
    }),
    /** Each metric by the hour, of the last day in which the device reported. */
    series: z.array(
      z.object({
        metric: z.string(),
        unit: z.string(),
        hours: z.array(
          z.object({ at: z.string(), min: z.number(), mean: z.number(), max: z.number(), last: z.number() }),
        ),
      }),
    ),
    shadow: z.object({ desired: JsonObject, reported: JsonObject, version: z.int() }).optional(),
    commands: z.array(recorded(DeviceCommand.schema)),
    exposures: z.array(recorded(Exposure.schema)),
    maintenance: z.array(recorded(MaintenanceProposal.schema)),
    /** What was done to it so far, oldest first; that of a machine of ours stands in the machine. */
    renewals: z.array(Renewal),
    serviceOrders: z.array(recorded(ServiceOrder.schema)),
    /** Recalls that froze the unit or the equipment. */
    recalls: z.array(recorded(Recall.schema)),
  }),
  run: async (found, { deviceId }, { table, series, shadow }) => {
    const { device, status, twin, location, equipment, unit, item, order, changes, parts } = found
    const installation = found.installations.find((one) => one?.status === 'installed')
    const owner = found.customers.find(({ id }) => id === installation?.customerId) ?? found.holders.find(Boolean)
    const listOf = async (of: Entity, id: string | undefined) =>
      id === undefined
        ? []
        : (await listAll(table, 'group', of, id)).map(({ id, data }) => ({ id, state: data as any }))
    const nodes = [unit?.id, equipment?.id].filter((id) => id !== undefined)
    const [commands, maintenance, ordersOfDevice, ordersOfUnit, day, mirrored, { recalls }] = await Promise.all([
      listOf(DeviceCommand, deviceId),
      listOf(MaintenanceProposal, deviceId),
      listOf(ServiceOrder, deviceId),
      listOf(ServiceOrder, unit?.id ?? equipment?.id),
      lastDay(deviceId, status, series),
      shadow.read(deviceId),
      table.freeze(nodes),
    ])
    const recallIds = [...new Set([...recalls.values()].flat())]
    const frozenBy = await table.states(recallIds.map((id) => ({ entity: Recall, id })))
    const { firmware, firmwareSince, conditions = {}, counters: usage = {} } = twin ?? {}
    return {
      identity: {
        ...{ deviceId, name: device.name, kind: device.kind, thingType: device.thingType, status: device.status },
        ...{ serial: device.serial, udi: unit && item && udiOf(unit, item) },
        ...{ unit: unit && shown(unit), item: item && shown(item), equipment: equipment && shown(equipment) },
      },
      asBuilt: unit && { order: order && shown(order), parts: parts.map(shown), processChanges: changes.map(shown) },
      firmware: firmware === undefined ? undefined : { version: firmware, since: firmwareSince! },
      location: location && shown(location),
      owner: owner && shown(owner),
      installation: installation && shown(installation),
      state: { reported: twin?.state, latest: status.latest, lastSeenAt: status.lastSeenAt, conditions, usage },
      series: day,
      shadow: mirrored && { ...mirrored, desired: { ...mirrored.desired }, reported: { ...mirrored.reported } },
      commands: commands.filter(({ state }) => isOpen(state)),
      exposures: found.exposures.map(shown),
      renewals: equipment?.renewals ?? device.renewals,
      maintenance: maintenance.filter(({ state }) => state.status === 'open'),
      serviceOrders: [...ordersOfDevice, ...ordersOfUnit].filter(({ state }) => /open|dispatched/.test(state.status)),
      recalls: frozenBy.flatMap((one) => (one ? [{ id: one.id, state: one.data as any }] : [])),
    }
  },
})

const shown = <S extends object>({ id, ...state }: S & { readonly id: string }) => ({ id, state: state as any })

/** The UDI as the label prints it; undefined where the item has no GTIN. */
function udiOf({ number, serial, expires }: z.infer<typeof Lot.schema>, { gtin }: z.infer<typeof Item.schema>) {
  if (gtin === undefined) return undefined
  const until = expires === undefined ? {} : { expires: { date: expires, precision: 'day' as const } }
  return writeHri(udiElements({ di: gtin.padStart(14, '0'), lot: number, ...(serial ? { serial } : {}), ...until }))
}

/** Every metric by the hour, up to the newest value. */
async function lastDay(
  deviceId: string,
  { latest, dictionary }: z.infer<typeof DeviceStatus.schema>,
  series: Ports['series'],
) {
  const newest = Math.max(...Object.values(latest).map(({ at }) => Date.parse(at)))
  if (!Number.isFinite(newest)) return []
  const [from, to] = [newest - hoursShown * hourMs, newest + 1000].map((at) => new Date(at).toISOString())
  return Promise.all(
    dictionary.metrics.map(async ({ code: metric, unit }) => ({
      ...{ metric, unit },
      hours: await series.summarize(deviceId, metric, from!, to!, hourMs / 1000),
    })),
  )
}
