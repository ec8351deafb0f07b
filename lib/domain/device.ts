import * as z from 'zod'
import { entity, type Loaded } from '#kit'
import { type ExposureState, type Judged, judge, limitsOf, Span } from './exposure.ts'
import { Kind, type MetricName, metricNames, type Reading, type Telemetry } from './telemetry.ts'
import { Instant, Line, StorageRange } from './values.ts'

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

const Certificate = z.object({ certificateId: z.string(), pem: z.string(), csr: z.string(), issuedAt: Instant })

/** A sensor or machine that reports by MQTT under its own certificate; its id is its thing name and client id. */
export const Device = entity('device', {
  area: 'iot',
  prefix: 'dev',
  state: z.object({
    siteId: z.string(),
    /** Unique at its site. */
    name: Line,
    kind: Kind,
    status: z.enum(['registered', 'certified']),
    /** The place it watches, */
    locationId: z.string().optional(),
    /** and what that place guaranteed when the device came there. */
    limits: StorageRange.optional(),
    /** The request that waits for its certificate. */
    csr: z.string().optional(),
    certificate: Certificate.optional(),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    name: 'Cold room 1, upper shelf',
    kind: 'storage-sensor',
    status: 'registered',
    locationId: 'loc_00000000000000000000000001',
    limits: { minC: 2, maxC: 8 },
  },
  worklist: ({ status }) => status,
  group: ({ siteId }) => siteId,
  unique: { name: ({ siteId, name }) => `${siteId} ${name}` },
})

export type DeviceState = Loaded<z.infer<typeof Device.schema>>

const place = { locationId: z.string().optional(), limits: StorageRange.optional() }

export const DeviceRegistered = Device.born(
  'DeviceRegistered',
  z.object({ deviceId: Device.id, siteId: z.string(), name: Line, kind: Kind, ...place }),
  ({ deviceId: _, ...state }) => ({ ...state, status: 'registered' as const }),
)

export const DeviceLocated = Device.fact(
  'DeviceLocated',
  z.object({ deviceId: Device.id, ...place }),
  (device, { locationId, limits }) => ({ ...device, locationId, limits }),
)

export const DeviceCertificateRequested = Device.fact(
  'DeviceCertificateRequested',
  z.object({ deviceId: Device.id, csr: Csr }),
  (device, { csr }) => ({ ...device, csr }),
)

export const DeviceCertificateIssued = Device.fact(
  'DeviceCertificateIssued',
  z.object({ deviceId: Device.id, certificateId: z.string(), pem: z.string(), csr: z.string(), issuedAt: Instant }),
  ({ csr: _, ...device }, { deviceId: __, ...certificate }) => ({ ...device, status: 'certified', certificate }),
)

const Latest = z.object({ at: Instant, value: z.union([z.number(), z.string()]) })

/** What a device reported last, apart from what it is: it changes with each message and leaves no ledger. */
export const DeviceStatus = entity('device-status', {
  area: 'iot',
  prefix: 'dev',
  state: z.object({
    siteId: z.string(),
    /** Latest value of each field by device time. */
    latest: z.object({
      temperatureC: Latest.optional(),
      humidityPct: Latest.optional(),
      state: Latest.optional(),
    }),
    /** When its last message with news was received. */
    lastSeenAt: Instant.optional(),
    bootId: z.string().optional(),
    sequence: z.int().optional(),
    /** Ids of its open exposures. */
    open: z.array(z.string()),
    /** Its last closed exposures: late and repeated readings are compared with them. */
    closed: z.array(Span),
  }),
  example: { siteId: 'sit_00000000000000000000000001', latest: {}, open: [], closed: [] },
})

export type DeviceStatusState = z.infer<typeof DeviceStatus.schema>

export const DeviceStatusOpened = DeviceStatus.born(
  'DeviceStatusOpened',
  z.object({ deviceStatusId: Device.id, siteId: z.string() }),
  ({ siteId }) => ({ siteId, latest: {}, open: [], closed: [] }),
)

/** Not kept: at one message a minute a ledger would hold half a million facts a device and year. */
export const DeviceReported = DeviceStatus.fact(
  'DeviceReported',
  DeviceStatus.schema.extend({ deviceStatusId: Device.id }),
  (_, { deviceStatusId: __, ...state }) => state,
  { kept: false },
)

/** A device remembers this many closed exposures; a reading older than all of them is judged as if none were there. */
const closedKept = 16

/** What follows from a sound message: its exposures and the device's new status; nothing when it holds no news. */
export function report(
  device: DeviceState,
  status: DeviceStatusState,
  open: readonly ExposureState[],
  message: Telemetry,
  newId: () => string,
): (Judged['facts'][number] | ReturnType<typeof DeviceReported>)[] {
  const judged = metricNames.map((metric) => judgeMetric(metric, device, status, open, message, newId))
  const facts = judged.flatMap((one) => one.facts)
  const latest = latestOf(status.latest, message.readings)
  if (facts.length === 0 && latest === status.latest) return []

  const changed = judged.flatMap(({ exposures }) => exposures)
  const untouched = open.filter(({ id }) => !changed.some((one) => one.id === id))
  const now = [...untouched, ...changed]
  const newlyClosed = now.flatMap(({ metric, start, end, peak }) => (end ? [{ metric, start, end, peak }] : []))
  const receivedAt = new Date(message.receivedMs).toISOString()
  const newest = latest === status.latest ? status : message
  return [
    ...facts,
    DeviceReported({
      deviceStatusId: device.id,
      siteId: status.siteId,
      latest,
      lastSeenAt: status.lastSeenAt && status.lastSeenAt > receivedAt ? status.lastSeenAt : receivedAt,
      bootId: newest.bootId,
      sequence: newest.sequence,
      open: now.filter(({ end }) => !end).map(({ id }) => id),
      closed: [...status.closed, ...newlyClosed].slice(-closedKept),
    }),
  ]
}

function judgeMetric(
  metric: MetricName,
  device: DeviceState,
  status: DeviceStatusState,
  open: readonly ExposureState[],
  { readings }: Telemetry,
  newId: () => string,
): Judged {
  const points = readings.flatMap(({ at, [metric]: value }) => (value === undefined ? [] : [{ at, value }]))
  const watch = {
    device,
    metric,
    limits: limitsOf(metric, device.limits),
    open: open.find((one) => one.metric === metric),
    closed: status.closed,
    until: status.latest[metric]?.at,
  }
  return judge(watch, points, newId)
}

/** The latest value of each field by device time; the same object where nothing is newer. */
function latestOf(known: DeviceStatusState['latest'], readings: readonly Reading[]): DeviceStatusState['latest'] {
  let latest = known
  for (const { at, ...fields } of readings)
    for (const [field, value] of Object.entries(fields) as [keyof typeof fields, number | string | undefined][])
      if (value !== undefined && at > (latest[field]?.at ?? '')) latest = { ...latest, [field]: { at, value } }
  return latest
}
