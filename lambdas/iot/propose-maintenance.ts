import * as z from 'zod'
import { Device, type DeviceState } from '#domain/device'
import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import {
  dueOf,
  MaintenanceProposal,
  type MaintenanceProposalState,
  MaintenanceProposed,
  type Watched,
  watched,
  watchedSince,
} from '#domain/maintenance-proposal'
import { listAll, reaction } from '#kit'

/** One run proposes at most this much; what is left waits for the next day. */
const most = 20
/** Each run looks at a part of the devices, so that each is looked at once a day. */
const runsADay = 24

const { status: _, settledAt: __, ...shown } = MaintenanceProposal.like()

export const handler = reaction({
  summary:
    'Look at each device once a day for a metric on its way to failure, and propose maintenance before it fails.',
  on: { everyMinutes: 60 },
  input: z.object({}),
  reads: {},
  emits: [MaintenanceProposed],
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, __, { table, series }, { now }) => {
    const run = new Date(now).getUTCHours()
    const certified = await listAll(table, 'worklist', Device, 'certified')
    const turn = certified.filter((_, index) => index % runsADay === run)
    const statuses = await table.states(turn.map(({ id }) => ({ entity: DeviceStatus, id })))
    const due = []
    for (const [index, { id: deviceId, data }] of turn.entries()) {
      const { metrics } = (statuses[index]?.data as DeviceStatusState | undefined)?.dictionary ?? { metrics: [] }
      const known = await listAll(table, 'group', MaintenanceProposal, deviceId)
      const all: Watched[] = []
      for (const metric of metrics.filter(({ alarm }) => alarm !== undefined)) {
        const from = watchedSince(
          known.map((one) => one.data as MaintenanceProposalState),
          metric.code,
          now,
        )
        if (from === undefined) continue
        const hourly = (code: string) => series.summarize(deviceId, code, from, now, 3600)
        const values = await hourly(metric.code)
        all.push(watched(metric, { values, drivers: metric.drivenBy ? await hourly(metric.drivenBy) : [] }))
      }
      due.push(...dueOf(all).map((found) => ({ ...found, deviceId, siteId: (data as DeviceState).siteId })))
    }
    return due
  },
  decide: (_, __, { newId, now }, due) =>
    due
      .slice(0, most)
      .map((one) =>
        MaintenanceProposed({ ...one, maintenanceProposalId: newId(MaintenanceProposal), proposedAt: now }),
      ),
  examples: [
    {
      name: 'a machine vibrates more from day to day',
      given: {},
      when: {},
      performed: [shown],
      then: ['MaintenanceProposed'],
    },
    { name: 'all devices are as usual', given: {}, when: {}, performed: [], then: [] },
  ],
})
