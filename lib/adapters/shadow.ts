import {
  GetThingShadowCommand,
  IoTDataPlaneClient,
  RequestEntityTooLargeException,
  ResourceNotFoundException,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import type { Ports } from '#kit/ports'

const client = new IoTDataPlaneClient({})

const update = (thingName: string, state: object) =>
  client.send(new UpdateThingShadowCommand({ thingName, payload: JSON.stringify({ state }) }))

/** The classic shadow of a thing at AWS IoT Core, which tells the device what differs, also when it comes back. */
export const shadow: Ports['shadow'] = {
  async desire(thingName, desired) {
    try {
      await update(thingName, { desired })
      return true
    } catch (error) {
      if (error instanceof RequestEntityTooLargeException) return false
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
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  },
}
