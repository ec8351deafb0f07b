import * as z from 'zod'
import { Device, DeviceCertificateRevoked, DeviceClaimed } from '#domain/device'
import { thingTypeName } from '#domain/device-kind'
import { DeviceStatus } from '#domain/device-status'
import { DeviceTwin } from '#domain/device-twin'
import { Code } from '#domain/values'
import { conflict, refuse, refused, task } from '#kit'

/** What AWS IoT asks a pre-provisioning hook. */
const Claim = z.object({
  claimCertificateId: z.string(),
  certificateId: z.string(),
  certificatePem: z.string(),
  parameters: z.object({ DeviceKind: Code, SerialNumber: Code }),
})

const [certificateId, former] = ['8f3c0de1'.repeat(8), '77aa0de2'.repeat(8)]
const certificate = { certificateId: former, pem: '(pem)', issuedAt: '2026-03-01T08:00:00.000Z' }
const waiting = { ...Device.like({ serial: 'SN-77' }), id: Device.sample() }
const claimed = { ...waiting, status: 'certified', certificate }
const when = {
  ...{ certificateId, certificatePem: '(pem)', claimCertificateId: 'c1a1'.repeat(16), clientId: 'claim-SN-77' },
  parameters: { DeviceKind: 'storage-sensor', SerialNumber: 'SN-77' },
}
const performed = { deviceId: Device.sample(), thingType: 'lotline-sensor', siteId: waiting.siteId }

export const handler = task({
  summary:
    'Allow a device that connected with a claim certificate one of its own, if its serial number is registered and waits.',
  input: Claim,
  reads: {
    devices: Device.by<z.infer<typeof Claim>>(
      'serial',
      ({ parameters: { DeviceKind: kind, SerialNumber: serial } }) => [{ kind, serial }],
    ).orAbsent(),
    statuses: DeviceStatus.of('devices[].id'),
    twins: DeviceTwin.of('devices[].id').orAbsent(),
  },
  emits: [DeviceClaimed, DeviceCertificateRevoked],
  refuses: {
    'serial-unregistered': refused(
      'No {kind} with serial number {serial} is registered. Register it, if it is one of ours.',
      '未登记序列号为 {serial} 的 {kind}。如为本公司设备，请先登记。',
    ),
    'device-distrusted': refused(
      'The certificate of device {name} was revoked, and it claims another. Give it one by hand if you trust it again.',
      '设备 {name} 的证书已被吊销，却再次申领。如重新信任，请人工签发证书。',
    ),
    'serial-claimed': conflict(
      'Device {name} has a certificate and works with it, and somebody claims another under its serial number. Find out who.',
      '设备 {name} 已持证书并在使用，却有人以其序列号再次申领。请查明来源。',
    ),
  },
  perform: async ({ devices: [device] }) =>
    device && { deviceId: device.id, thingType: thingTypeName(device.thingType), siteId: device.siteId },
  decide: ({ devices: [device], statuses: [status], twins: [twin] }, input, { now }) => {
    const { claimCertificateId, certificateId, certificatePem: pem, parameters } = input
    if (!device) return refuse('serial-unregistered', { kind: parameters.DeviceKind, serial: parameters.SerialNumber })
    const { id: deviceId, name, certificate } = device
    if (device.status === 'revoked') return refuse('device-distrusted', { name })
    if (certificate?.certificateId === certificateId) return []
    if (certificate && (status?.lastSeenAt || twin)) return refuse('serial-claimed', { name })
    // The answer to its first claim was lost: what it got then is in nobody's hands.
    const reason = 'Claimed again before it was ever used'
    const unused = certificate
      ? [DeviceCertificateRevoked({ deviceId, certificateId: certificate.certificateId, reason })]
      : []
    return [...unused, DeviceClaimed({ deviceId, certificateId, pem, claimedAt: now, claimCertificateId })]
  },
  output: (_, performed) => ({
    allowProvisioning: true,
    parameterOverrides: {
      ...{ DeviceId: performed?.deviceId, ThingType: performed?.thingType, SiteId: performed?.siteId },
    },
  }),
  otherwise: { allowProvisioning: false },
  examples: [
    {
      name: 'a sensor fresh from the line',
      given: { devices: [waiting], statuses: [DeviceStatus.like()] },
      when,
      performed,
      then: ['DeviceClaimed'],
    },
    {
      name: 'a sensor whose first answer was lost',
      given: { devices: [claimed], statuses: [DeviceStatus.like()] },
      when,
      performed,
      then: ['DeviceCertificateRevoked', 'DeviceClaimed'],
    },
    {
      name: 'the same claim again',
      given: {
        devices: [{ ...claimed, certificate: { ...certificate, certificateId } }],
        statuses: [DeviceStatus.like()],
      },
      when,
      performed,
      then: [],
    },
    {
      name: 'a serial number that nobody registered',
      given: { devices: [] },
      when,
      then: { refused: 'serial-unregistered' },
    },
    {
      name: 'a copy of a device that works',
      given: { devices: [claimed], statuses: [DeviceStatus.like({ lastSeenAt: '2026-03-01T09:00:00.000Z' })] },
      when,
      performed,
      then: { refused: 'serial-claimed' },
    },
    {
      name: 'a device that was stolen',
      given: { devices: [{ ...waiting, status: 'revoked' }], statuses: [DeviceStatus.like()] },
      when,
      performed,
      then: { refused: 'device-distrusted' },
    },
  ],
})
