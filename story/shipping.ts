import { factOf, type Person } from './api.ts'
import type { Day } from './day.ts'
import { attempt, comeback, type Dispatch, dispatches } from './plan.ts'

/** Vans leave for twelve hospitals; all but one confirm; one pump comes back. */
export async function shipping(day: Day): Promise<string> {
  await Promise.all(dispatches.map((one) => dispatch(day, one)))
  const confirmed = dispatches.filter((one) => one.confirmed)
  await Promise.all(confirmed.map(({ number }) => confirm(day, number)))
  await takeBack(day)
  return `${dispatches.length} hospitals, ${confirmed.length} have confirmed, one pump came back`
}

async function dispatch({ ids, people }: Day, { number, hospital, serials, tubing }: Dispatch): Promise<void> {
  const line = (name: string, location: string, quantity: number) => ({
    ...{ lotId: ids.of(name), locationId: ids.of(location), quantity, unit: 'each' },
  })
  const facts = await people.shipper.does('shipGoods', number, {
    number,
    customerId: ids.of(hospital),
    lines: [...serials.map((one) => line(one, 'FINISHED', 1)), line('TUBING-2601', 'COLD-1', tubing)],
  })
  ids.keep(number, factOf(facts, 'ShipmentDispatched').id)
}

const confirm = ({ ids, people }: Day, number: string) =>
  people.shipper.does('confirmDelivery', number, {
    shipmentId: ids.of(number),
    receivedBy: 'Medical engineering',
  })

async function takeBack({ ids, people }: Day): Promise<void> {
  const { number } = dispatches.find(({ hospital }) => hospital === comeback.hospital)!
  await people.receiver.does('returnGoods', comeback.serial, {
    shipmentId: ids.of(number),
    locationId: ids.of('RETURNS'),
    lines: [{ lotId: ids.of(comeback.serial), quantity: 1, unit: 'each' }],
    reason: comeback.reason,
  })
}

/** Tries to ship one of the suspect units; while a recall holds it, the API refuses. */
export const shipSuspect = ({ ids, people }: Day): ReturnType<Person['does']> =>
  people.shipper.does('shipGoods', attempt.number, {
    number: attempt.number,
    customerId: ids.of(attempt.hospital),
    lines: [{ lotId: ids.of(attempt.serial), locationId: ids.of('FINISHED'), quantity: 1, unit: 'each' }],
  })
