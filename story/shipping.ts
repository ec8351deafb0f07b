import { factOf, type Person } from './api.ts'
import type { Day } from './day.ts'
import { attempt, comeback, type Dispatch, dispatches } from './plan.ts'

/** Pumps are packed and vans leave for twelve hospitals; all but one confirm; one pump comes back. */
export async function shipping(day: Day): Promise<string> {
  await Promise.all(dispatches.map((one) => dispatch(day, one)))
  const confirmed = dispatches.filter((one) => one.confirmed)
  await Promise.all(confirmed.map(({ number }) => confirm(day, number)))
  await takeBack(day)
  return `${dispatches.length} cartons to as many hospitals, ${confirmed.length} have confirmed, one pump came back`
}

async function dispatch(day: Day, { number, hospital, carton, sscc, serials, tubing }: Dispatch): Promise<void> {
  const { ids, people } = day
  const unit = 'each'
  const packed = await people.storekeeper.does('packLots', carton, {
    ...{ number: carton, sscc, locationId: ids.of('FINISHED') },
    lines: serials.map((one) => ({ lotId: ids.of(one), quantity: 1, unit })),
  })
  const facts = await people.shipper.does('shipGoods', number, {
    number,
    customerId: ids.of(hospital),
    packIds: [ids.keep(carton, factOf(packed, 'LotsPacked').id)],
    lines: [{ lotId: ids.of('TUBING-2601'), locationId: ids.of('COLD-1'), quantity: tubing, unit }],
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
