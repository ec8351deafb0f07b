import { exampleCsr as csr, Device, DeviceCertificateIssued, DeviceCertificateRequested } from '#domain/device'
import { thingTypeName } from '#domain/device-kind'
import { reaction } from '#kit'

const certificateId = '8f3c0de1'.repeat(8)
const pem = '-----BEGIN CERTIFICATE-----\nMIHO\n-----END CERTIFICATE-----\n'

export const handler = reaction({
  summary: 'Sign the certificate that was asked for a device, and give it the right to speak for itself only.',
  on: [DeviceCertificateRequested],
  input: DeviceCertificateRequested.schema,
  reads: { device: Device.at('deviceId') },
  emits: [DeviceCertificateIssued],
  refuses: {},
  uses: ['fleet'],
  // A request that was answered, or overtaken by a newer one, no longer waits in the device.
  perform: async ({ device: { id, thingType, siteId, ...device } }, { csr }, { fleet }) =>
    device.csr === csr
      ? fleet.enroll({ id, thingType: thingTypeName(thingType), attributes: { siteId }, csr })
      : undefined,
  decide: ({ device }, { deviceId, csr }, { now }, issued) =>
    issued && device.csr === csr
      ? DeviceCertificateIssued({
          deviceId,
          certificateId: issued.certificateId,
          pem: issued.certificatePem,
          csr,
          issuedAt: now,
        })
      : [],
  examples: [
    {
      name: 'the certificate is signed and stored',
      given: { device: Device.like({ csr }) },
      when: { deviceId: Device.sample(), csr },
      performed: { certificateId, certificatePem: pem },
      then: ['DeviceCertificateIssued'],
    },
    {
      name: 'an answered request is not answered again',
      given: {
        device: Device.like({
          status: 'certified',
          certificate: { certificateId, pem, csr, issuedAt: '2026-03-01T08:00:00.000Z' },
        }),
      },
      when: { deviceId: Device.sample(), csr },
      then: [],
    },
  ],
})
