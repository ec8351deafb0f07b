import type { DeviceState } from '#domain/device'
import { DeviceTwin, type Twin } from '#domain/device-twin'
import { Equipment, type EquipmentState } from '#domain/equipment'
import type { Upkeep } from '#domain/wear'
import type { Ports } from '#kit'

type Table = Ports['table']

/** A count of use that is older or younger than this says nothing about that time. */
const nearMs = 86_400_000

/** Hours of use that these devices had counted at a time, where they count them; in their order. */
export async function hoursOfUse(
  deviceIds: readonly string[],
  at: string,
  table: Table,
): Promise<(number | undefined)[]> {
  const twins = await table.states(deviceIds.map((id) => ({ entity: DeviceTwin, id })))
  return twins.map((twin) => {
    const hours = (twin?.data as Twin | undefined)?.counters?.hours
    return hours && Math.abs(Date.parse(hours.at) - Date.parse(at)) < nearMs ? hours.value : undefined
  })
}

/** The upkeep of these devices, by id; that of a machine of ours stands in the machine. */
export async function upkeepOf(
  devices: readonly { readonly id: string; readonly data: object }[],
  now: string,
  table: Table,
): Promise<Map<string, Upkeep>> {
  const states = devices.map(({ data }) => data as DeviceState)
  const machineIds = [...new Set(states.flatMap(({ equipmentId }) => equipmentId ?? []))]
  const [used, found] = await Promise.all([
    hoursOfUse(
      devices.map(({ id }) => id),
      now,
      table,
    ),
    table.states(machineIds.map((id) => ({ entity: Equipment, id }))),
  ])
  const machines = new Map(found.flatMap((one) => (one ? [[one.id, one.data as EquipmentState] as const] : [])))
  return new Map(
    devices.map(({ id }, index) => {
      const { equipmentId, inUseSince, renewals = [] } = states[index]!
      const machine = equipmentId === undefined ? undefined : machines.get(equipmentId)
      return [
        id,
        {
          ...{ inUseSince: machine?.inUseSince ?? inUseSince, used: used[index] },
          renewals: machine?.renewals ?? renewals,
        },
      ]
    }),
  )
}
