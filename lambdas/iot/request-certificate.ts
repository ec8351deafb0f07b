import * as z from 'zod'
import { Csr, exampleCsr as csr, Device, DeviceCertificateRequested } from '#domain/device'
import { command, conflict, refuse } from '#kit'

const certificate = { certificateId: '8f3c0de1'.repeat(8), pem: '(pem)', issuedAt: '2026-03-01T08:00:00.000Z' }

export const handler = command({
  summary:
    'Ask for the certificate of a device, its first or the one that replaces it; its private key never leaves the device.',
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
    'key-distrusted': conflict(
      'A certificate of this request for device {name} was revoked. Make a new key on the device, and a new request.',
      '设备 {name} 以此请求签发的证书已被吊销。请在设备上生成新密钥与新请求。',
    ),
    'certificate-replaced-already': conflict(
      'Device {name} has two certificates. Revoke the old one, {former}, before you ask for another.',
      '设备 {name} 已有两张证书。请先吊销旧证书 {former}，再申请新证书。',
    ),
  },
  decide: ({ device }, input) => {
    const { name, certificate, former, distrusted } = device
    if (input.csr === device.csr || input.csr === certificate?.csr) return refuse('certificate-requested', { name })
    if (distrusted.includes(input.csr)) return refuse('key-distrusted', { name })
    if (former) return refuse('certificate-replaced-already', { name, former: former.certificateId })
    return DeviceCertificateRequested(input)
  },
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
    {
      name: 'a device that has one asks for the next',
      given: { device: Device.like({ status: 'certified', certificate: { ...certificate, csr: 'another' } }) },
      when: { deviceId: Device.sample(), csr },
      then: ['DeviceCertificateRequested'],
    },
    {
      name: 'a third one at a time is refused',
      given: {
        device: Device.like({
          ...{ status: 'certified', certificate: { ...certificate, csr: 'another' } },
          former: { ...certificate, csr: 'the first' },
        }),
      },
      when: { deviceId: Device.sample(), csr },
      then: { refused: 'certificate-replaced-already' },
    },
    {
      name: 'a key that was revoked stays revoked',
      given: { device: Device.like({ status: 'revoked', distrusted: [csr] }) },
      when: { deviceId: Device.sample(), csr },
      then: { refused: 'key-distrusted' },
    },
  ],
})
