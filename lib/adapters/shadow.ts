import {
  GetThingShadowCommand,
  type IoTDataPlaneClient,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import type { Ports } from '#kit/ports'
import { domainOf } from './aws-call.ts'
import { restClient } from './aws-client.ts'

const client = restClient<IoTDataPlaneClient>({
  name: 'iotdata',
  // In China the certificate of this address is of another authority, and its name another.
  host: (region) => `${region.startsWith('cn-') ? 'data.ats' : 'data-ats'}.iot.${domainOf(region)}`,
})

const update = (thingName: string, state: object) =>
  client.send(new UpdateThingShadowCommand({ thingName, payload: JSON.stringify({ state }) }))

/** The classic shadow of a thing at AWS IoT Core, which tells the device what differs, also when it comes back. */
export const shadow: Ports['shadow'] = {
  async desire(thingName, desired) {
    try {
      await update(thingName, { desired })
      return true
    } catch (error) {
      if ((error as Error).name === 'RequestEntityTooLargeException') return false
      throw error
    }
  },
  async forget(thingName, members) {
    await update(thingName, { desired: members, reported: members })
  },
  async read(thingName) {
    try {
      const { payload } = await client.send(new GetThingShadowCommand({ thingName }))
      const { state, version } = JSON.parse(new TextDecoder().decode(payload))
      return { desired: state.desired ?? {}, reported: state.reported ?? {}, version }
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined
      throw error
    }
  },
}
