import * as z from 'zod'
import { Device, DeviceCertificateRevoked } from '#domain/device'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

const certificate = {
  certificateId: '8f3c0de1'.repeat(8),
  pem: '(pem)',
  csr: '(csr)',
  issuedAt: '2026-03-01T08:00:00.000Z',
}
const next = { ...certificate, certificateId: '77aa0de2'.repeat(8), csr: '(next csr)' }
const { certificateId } = certificate
const [deviceId, reason] = [Device.sample(), 'The sensor was stolen']

export const handler = command({
  summary: 'Revoke a certificate of a device, when it is lost or replaced; a connection made with it ends at once.',
  route: 'POST /devices/{deviceId}/revocations',
  roles: ['admin', 'quality', 'service'],
  input: z.strictObject({
    deviceId: Device.id,
    certificateId: z.string().regex(/^[0-9a-f]{64}$/, 'must be a certificate id of 64 hexadecimal digits'),
    reason: Reason,
  }),
  reads: { device: Device.at('deviceId') },
  emits: [DeviceCertificateRevoked],
  refuses: {
    'certificate-foreign': conflict(
      'Certificate {certificateId} is none that device {name} has now. Read the device for its certificates.',
      '证书 {certificateId} 不是设备 {name} 当前的证书。请查看该设备的证书。',
    ),
  },
  decide: ({ device: { name, certificate, former } }, input) =>
    [certificate, former].some((one) => one?.certificateId === input.certificateId)
      ? DeviceCertificateRevoked(input)
      : refuse('certificate-foreign', { certificateId: input.certificateId, name }),
  examples: [
    {
      name: 'a stolen sensor',
      given: { device: Device.like({ status: 'certified', certificate }) },
      when: { deviceId, certificateId, reason },
      then: ['DeviceCertificateRevoked'],
    },
    {
      name: 'the old one, after the device changed over to its next',
      given: { device: Device.like({ status: 'certified', certificate: next, former: certificate }) },
      when: { deviceId, certificateId, reason: 'Yearly rotation' },
      then: ['DeviceCertificateRevoked'],
    },
    {
      name: 'one that is revoked already is refused',
      given: { device: Device.like({ status: 'revoked' }) },
      when: { deviceId, certificateId, reason },
      then: { refused: 'certificate-foreign' },
    },
  ],
})
