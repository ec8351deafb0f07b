import { Device, DeviceCertificateRevoked } from '#domain/device'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Take the rights of a revoked certificate at AWS IoT, and end the connections made with it.',
  on: [DeviceCertificateRevoked],
  input: DeviceCertificateRevoked.schema,
  reads: { device: Device.at('deviceId') },
  emits: [],
  refuses: {},
  uses: ['revocations'],
  perform: ({ device: { id } }, { certificateId }, { revocations }) => revocations.revoke({ id, certificateId }),
  decide: () => [],
  examples: [
    {
      name: 'a certificate loses its rights',
      given: { device: Device.like({ status: 'revoked' }) },
      when: {
        ...{ deviceId: Device.sample(), certificateId: '8f3c0de1'.repeat(8) },
        reason: 'The sensor was stolen',
      },
      then: [],
    },
  ],
})
