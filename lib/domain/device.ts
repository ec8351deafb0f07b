import * as z from 'zod'
import { entity, type Loaded } from '#kit'
import { Dictionary, thingTypes } from './device-kind.ts'
import { Code, Instant, Line, Reason, StorageRange } from './values.ts'
import { Renewal, renewed } from './wear.ts'

/** Certificate signing request (PKCS #10) as PEM; AWS IoT takes 4,096 characters. */
export const Csr = z
  .string()
  .max(4096)
  .regex(
    /^-----BEGIN CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=]{1,76}\r?\n)+-----END CERTIFICATE REQUEST-----\s*$/,
    'must be a PEM of one CERTIFICATE REQUEST; make it with "openssl req -new"',
  )

/** A well-formed request, for examples and tests. */
export const exampleCsr = `-----BEGIN CERTIFICATE REQUEST-----
MIHMMHQCAQAwEjEQMA4GA1UEAwwHZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABDZo7NIM2VjTWRISO2wSvhf/OVEHEkEXzXfMJLgO0fKt8OMBAHJB9Jkd
tM7IFV7/PTKI/JXrfAmo7iJXlrDfV6qgADAKBggqhkjOPQQDAgNIADBFAiB54wjY
s1+O/L8wYAkCKpPcnMq104aEk8ETLGEoRsaQ3AIhAJAOC/JCzJIQN5bpuPE9ZR5a
PDWhwiw1QcvXIohSNzFc
-----END CERTIFICATE REQUEST-----
`

const Certificate = z.object({
  certificateId: z.string(),
  pem: z.string(),
  /** The request it was signed for; the device keeps it where it claimed its certificate itself. */
  csr: z.string().optional(),
  issuedAt: Instant,
})

/** A sensor or machine that reports by MQTT under its own certificate; its id is its thing name and client id. */
export const Device = entity('device', {
  area: 'iot',
  prefix: 'dev',
  state: z.object({
    siteId: z.string(),
    /** Unique at its site. */
    name: Line,
    /** Code of its kind in the data dictionary, and the revision that was applied to it. */
    kind: Code,
    kindRevision: z.int(),
    thingType: z.enum(thingTypes),
    /** On its label, unique among its kind; with it a device claims its certificate. */
    serial: Code.optional(),
    /** The unit that it is, where we made it, */
    unitId: z.string().optional(),
    /** or the machine of ours that it is. */
    equipmentId: z.string().optional(),
    /** When it was taken into use, where that is known. */
    inUseSince: Instant.optional(),
    /** Its last maintenance, oldest first: what the lives of its kind are judged by. */
    renewals: z.array(Renewal).default([]),
    status: z.enum(['registered', 'certified', 'revoked']),
    /** The place it watches, */
    locationId: z.string().optional(),
    /** or the shipment or pack with which it travels, */
    carrierId: z.string().optional(),
    /** and what that place guaranteed when the device came there. */
    limits: StorageRange.optional(),
    /** The request that waits for its certificate. */
    csr: z.string().optional(),
    certificate: Certificate.optional(),
    /** The one it had before, valid until it is revoked: the device changes over while it works. */
    former: Certificate.optional(),
    /** Requests whose certificates were revoked: their keys are not to be trusted again. */
    distrusted: z.array(z.string()).default([]),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    name: 'Cold room 1, upper shelf',
    kind: 'storage-sensor',
    kindRevision: 1,
    thingType: 'sensor',
    status: 'registered',
    locationId: 'loc_00000000000000000000000001',
    limits: { minC: 2, maxC: 8 },
    renewals: [],
    distrusted: [],
  },
  worklist: ({ status }) => status,
  group: ({ siteId }) => siteId,
  unique: {
    name: ({ siteId, name }) => `${siteId} ${name}`,
    serial: ({ kind, serial }) => serial && `${kind} ${serial}`,
    unit: ({ unitId }) => unitId,
  },
})

export type DeviceState = Loaded<z.infer<typeof Device.schema>>

const place = { locationId: z.string().optional(), limits: StorageRange.optional() }
const kind = { kind: Code, kindRevision: z.int(), thingType: z.enum(thingTypes) }
const identity = { serial: Code.optional(), unitId: z.string().optional(), equipmentId: z.string().optional() }

export const DeviceRegistered = Device.born(
  'DeviceRegistered',
  z.object({
    deviceId: Device.id,
    siteId: z.string(),
    name: Line,
    ...kind,
    ...identity,
    inUseSince: Instant.optional(),
    dictionary: Dictionary,
    ...place,
  }),
  ({ deviceId: _, dictionary: __, ...state }) => ({
    ...state,
    ...{ status: 'registered' as const, renewals: [], distrusted: [] },
  }),
)

/** A revision of its kind was applied; the dictionary stands here for the history. */
export const DeviceTaught = Device.fact(
  'DeviceTaught',
  z.object({ deviceId: Device.id, kindRevision: z.int(), dictionary: Dictionary }),
  ({ id: _, ...device }, { kindRevision }) => ({ ...device, kindRevision }),
)

export const DeviceLocated = Device.fact(
  'DeviceLocated',
  z.object({ deviceId: Device.id, ...place, since: Instant }),
  ({ id: _, carrierId: __, ...device }, { locationId, limits }) => ({ ...device, locationId, limits }),
)

/** It travels with a shipment or pack from now on, and watches what that holds. */
export const DeviceAttached = Device.fact(
  'DeviceAttached',
  z.object({ deviceId: Device.id, carrierId: z.string(), limits: StorageRange.optional(), since: Instant }),
  ({ id: _, locationId: __, ...device }, { carrierId, limits }) => ({ ...device, carrierId, limits }),
)

/** It was served, and something of it began a new life. */
export const DeviceMaintained = Device.fact(
  'DeviceMaintained',
  Renewal.extend({ deviceId: Device.id }),
  ({ id: _, ...device }, { deviceId: __, ...renewal }) => ({
    ...device,
    renewals: renewed(device.renewals, renewal),
  }),
)

export const DeviceCertificateRequested = Device.fact(
  'DeviceCertificateRequested',
  z.object({ deviceId: Device.id, csr: Csr }),
  ({ id: _, ...device }, { csr }) => ({ ...device, csr }),
)

export const DeviceCertificateIssued = Device.fact(
  'DeviceCertificateIssued',
  z.object({ deviceId: Device.id, certificateId: z.string(), pem: z.string(), csr: z.string(), issuedAt: Instant }),
  ({ id: _, csr: __, ...device }, { deviceId: ___, ...certificate }) => ({
    ...device,
    status: 'certified' as const,
    certificate,
    former: device.certificate ?? device.former,
  }),
)

/** The device got its certificate by itself, with the claim certificate of its batch. */
export const DeviceClaimed = Device.fact(
  'DeviceClaimed',
  z.object({
    ...{ deviceId: Device.id, certificateId: z.string(), pem: z.string(), claimedAt: Instant },
    claimCertificateId: z.string(),
  }),
  ({ id: _, ...device }, { certificateId, pem, claimedAt }) => ({
    ...device,
    status: 'certified' as const,
    certificate: { certificateId, pem, issuedAt: claimedAt },
  }),
)

/** Requests that are remembered so that nobody makes a certificate of a lost key again. */
const distrustedKept = 10

export const DeviceCertificateRevoked = Device.fact(
  'DeviceCertificateRevoked',
  z.object({ deviceId: Device.id, certificateId: z.string(), reason: Reason }),
  ({ id: _, certificate, former, ...device }, { certificateId }) => {
    const left = [certificate, former].filter((one) => one !== undefined && one.certificateId !== certificateId)
    const gone = [certificate, former].flatMap((one) => (one?.certificateId === certificateId && one.csr) || [])
    const { csr: waiting } = device
    return {
      ...device,
      status: left.length > 0 ? ('certified' as const) : ('revoked' as const),
      certificate: left[0],
      former: left[1],
      csr: waiting !== undefined && gone.includes(waiting) ? undefined : waiting,
      distrusted: [...device.distrusted, ...gone].slice(-distrustedKept),
    }
  },
)
