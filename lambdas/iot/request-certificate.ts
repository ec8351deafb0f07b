import * as z from 'zod'
import { Csr, exampleCsr as csr, Device, DeviceCertificateRequested } from '#domain/device'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'Ask for the certificate of a device; its private key never leaves the device.',
  route: 'POST /devices/{deviceId}/certificates',
  roles: ['admin', 'service'],
  input: z.strictObject({ deviceId: Device.id, csr: Csr }),
  reads: { device: Device.at('deviceId') },
  emits: [DeviceCertificateRequested],
  refuses: {
    'certificate-requested': conflict(
      'The same request for device {name} was made before. Read the device: its certificate is there or will be soon.',
      '设备 {name} 的同一请求已提交过。请查看该设备：证书已签发或即将签发。',
    ),
  },
  decide: ({ device }, input) =>
    input.csr === device.csr || input.csr === device.certificate?.csr
      ? refuse('certificate-requested', { name: device.name })
      : DeviceCertificateRequested(input),
  examples: [
    {
      name: 'a new device asks for its certificate',
      given: { device: Device.like() },
      when: { deviceId: Device.sample(), csr },
      then: ['DeviceCertificateRequested'],
    },
    {
      name: 'the same request twice is one request',
      given: { device: Device.like({ csr }) },
      when: { deviceId: Device.sample(), csr },
      then: { refused: 'certificate-requested' },
    },
  ],
})
