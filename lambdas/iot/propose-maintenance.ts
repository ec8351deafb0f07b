import * as z from 'zod'
import { Device, type DeviceState } from '#domain/device'
import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import { Item, type ItemState } from '#domain/item'
import {
  ageIsSettled,
  dueOf,
  MaintenanceProposal,
  type MaintenanceProposalState,
  MaintenanceProposed,
  suspectsOf,
  type Watched,
  watched,
  watchedSince,
} from '#domain/maintenance-proposal'
import { DeviceSuspected, Suspicion, type SuspicionState } from '#domain/suspicion'
import { fitsOf, type Upkeep, wearOf } from '#domain/wear'
import { listAll, reaction } from '#kit'
import { upkeepOf } from '#readings'

/** One run proposes at most this much; what is left waits for the next day. */
const most = 20
/** Each run looks at a part of the devices, so that each is looked at once a day, and at all that are suspect. */
const runsADay = 24
const dayMs = 86_400_000
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

type Due = Omit<z.infer<typeof MaintenanceProposed.schema>, 'maintenanceProposalId' | 'proposedAt'>

/** The upkeep of all devices of a kind; a machine of ours with several devices counts once. */
function fleetOf(
  kind: string,
  devices: readonly { readonly id: string; readonly data: object }[],
  upkeep: ReadonlyMap<string, Upkeep>,
): Upkeep[] {
  const mine = devices.filter(({ data }) => (data as DeviceState).kind === kind)
  const once = new Map(mine.map(({ id, data }) => [(data as DeviceState).equipmentId ?? id, upkeep.get(id)!]))
  return [...once.values()]
}

const { status: _, settledAt: __, ...shown } = MaintenanceProposal.like()

export const handler = reaction({
  summary:
    'Look at each device once a day for a metric on its way to failure, or an age at which its kind fails, and propose maintenance before it does.',
  on: { everyMinutes: 60 },
  input: z.object({}),
  reads: {},
  emits: [MaintenanceProposed, DeviceSuspected],
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, __, { table, series }, { now }) => {
    const run = new Date(now).getUTCHours()
    const certified = await listAll(table, 'worklist', Device, 'certified')
    const days = [dayOf(Date.parse(now)), dayOf(Date.parse(now) - dayMs)]
    const lists = await Promise.all(days.map((day) => listAll(table, 'worklist', Suspicion, day)))
    const [today, lately] = [lists[0]!, lists.flat()].map(
      (list) => new Set(list.map(({ data }) => (data as SuspicionState).deviceId)),
    )
    const turn = certified.filter(({ id }, index) => index % runsADay === run || lately!.has(id))
    const statuses = await table.states(turn.map(({ id }) => ({ entity: DeviceStatus, id })))
    const kinds = new Set(turn.map(({ data }) => (data as DeviceState).kind))
    const alike = certified.filter(({ data }) => kinds.has((data as DeviceState).kind))
    const upkeep = await upkeepOf(alike, now, table)
    const fits = new Map([...kinds].map((kind) => [kind, fitsOf(fleetOf(kind, alike, upkeep), now)] as const))
    const [due, suspected]: [Due[], SuspicionState[]] = [[], []]
    for (const [index, { id: deviceId, data }] of turn.entries()) {
      const { metrics } = (statuses[index]?.data as DeviceStatusState | undefined)?.dictionary ?? { metrics: [] }
      const known = (await listAll(table, 'group', MaintenanceProposal, deviceId)).map(
        (one) => one.data as MaintenanceProposalState,
      )
      const all: Watched[] = []
      for (const metric of metrics.filter(({ alarm }) => alarm !== undefined)) {
        const from = watchedSince(known, metric.code, now)
        if (from === undefined) continue
        const hourly = (code: string) => series.summarize(deviceId, code, from, now, 3600)
        const values = await hourly(metric.code)
        all.push(watched(metric, { values, drivers: metric.drivenBy ? await hourly(metric.drivenBy) : [] }))
      }
      const { kind, siteId } = data as DeviceState
      const [worst] = wearOf(fits.get(kind)!, upkeep.get(deviceId)!, now)
      const [item] = worst?.itemId ? await table.states([{ entity: Item, id: worst.itemId }]) : []
      const wear = worst && { ...worst, item: (item?.data as ItemState | undefined)?.code }
      const found = dueOf(all, wear, wear && !ageIsSettled(known, wear) ? now : undefined)
      due.push(...found.map((one) => ({ ...one, deviceId, siteId })))
      const suspects = found.length > 0 || today!.has(deviceId) ? [] : suspectsOf(all)
      if (suspects.length > 0) suspected.push({ deviceId, siteId, day: days[0]!, metrics: suspects })
    }
    return { due, suspected }
  },
  decide: (_, __, { newId, now }, { due, suspected }) => [
    ...due
      .slice(0, most)
      .map((one) =>
        MaintenanceProposed({ ...one, maintenanceProposalId: newId(MaintenanceProposal), proposedAt: now }),
      ),
    ...suspected.slice(0, most).map((one) => DeviceSuspected({ ...one, suspicionId: newId(Suspicion) })),
  ],
  examples: [
    {
      name: 'a machine vibrates more from day to day',
      given: {},
      when: {},
      performed: { due: [shown], suspected: [] },
      then: ['MaintenanceProposed'],
    },
    {
      name: 'one vibrates a little more than usual: it is looked at every hour',
      given: {},
      when: {},
      performed: { due: [], suspected: [Suspicion.like()] },
      then: ['DeviceSuspected'],
    },
    { name: 'all devices are as usual', given: {}, when: {}, performed: { due: [], suspected: [] }, then: [] },
  ],
})
