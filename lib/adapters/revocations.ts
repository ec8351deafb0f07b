import {
  DescribeCertificateCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  type IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { Ports } from '#kit/ports'
import { restClient } from './aws-client.ts'
import { setting } from './setting.ts'

const client = restClient<IoTClient>({ name: 'iot' })

/** AWS IoT Core's certificates, at the end of their lives. */
export const revocations: Ports['revocations'] = {
  async revoke({ id: thingName, certificateId }) {
    try {
      // First what takes effect: AWS IoT refuses new connections and drops open ones.
      await client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    } catch (error) {
      // Somebody deleted it in the account: it has no rights to lose.
      if ((error as Error).name === 'ResourceNotFoundException') return
      throw error
    }
    const { certificateDescription: found } = await client.send(new DescribeCertificateCommand({ certificateId }))
    const principal = found!.certificateArn
    await client.send(new DetachPolicyCommand({ policyName: setting('DEVICE_POLICY'), target: principal }))
    await client.send(new DetachThingPrincipalCommand({ thingName, principal }))
  },
}
