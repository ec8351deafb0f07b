import type { DrillResult } from '../../lib/domain/drill-result.ts'
import { startLocalCloud } from '../../lib/local/start.ts'
import { startExecution } from '../../lib/local/stepfunctions.ts'
import { Door } from '../../test/cloud/door.ts'
import { found, releasedLot, startedOrder } from '../../test/cloud/factory.ts'
import { People } from '../../test/cloud/people.ts'
import { freePort } from '../../test/cloud/running.ts'
import { tokenSigner } from '../../test/cloud/tokens.ts'
import { until } from './recalls.ts'

const machine = 'arn:aws:states:eu-central-1:000000000000:stateMachine:lotline-recall-drill'

/** Makes and ships a little, runs the machine of the continuous drill as its schedule would, and gives what it showed. */
export async function runDrill(
  app: { readonly out: string; readonly data: string },
  from: number,
): Promise<{ recallId: string; result: DrillResult }> {
  const port = await freePort(from)
  const cloud = await startLocalCloud({ port, ...app })
  const door = new Door(port)
  try {
    const people = await People.hire(door, await tokenSigner(port, app.data))
    await shipSomething(people)
    await startExecution(machine, {})
    return await until('the end of the drill', 120, async () => {
      const { text } = await people.ask('quality', { method: 'GET', path: '/drills' })
      return JSON.parse(text).drills.at(-1)
    })
  } finally {
    door.close()
    await cloud.stop()
  }
}

/** Of a part some went into pumps and some to a customer; a count found two of it too few. */
async function shipSomething(people: People): Promise<void> {
  const factory = await found(people)
  const [locationId] = factory.locations as [string]
  const lotId = await releasedLot(people, factory, { number: 'L-PART', quantity: 100 })
  const orderId = await startedOrder(people, factory, { number: 'MO-1', quantity: 20 })
  const taken = { lotId, locationId, quantity: 40, unit: 'each', deviation: 'A trial before the bill of materials' }
  await people.post('production', `/orders/${orderId}/materials`, { lines: [taken] })
  const shipmentId = await people.make('logistics', '/shipments', {
    ...{ number: 'SH-1', customerId: factory.customerId },
    lines: [{ lotId, locationId, quantity: 10, unit: 'each' }],
  })
  await people.post('logistics', `/shipments/${shipmentId}/delivery`, { receivedBy: 'Ward' })
  await people.post('warehouse', `/lots/${lotId}/counts`, { locationId, counted: 48, unit: 'each' })
}
