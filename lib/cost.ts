import { Device } from './domain/device.ts'
import { DeviceStatus, report } from './domain/device-status.ts'
import { arrivalOf, telemetryOf } from './domain/telemetry.ts'
import { prices } from './prices.ts'

/** What devices do, month after month. */
export interface Workload {
  readonly devices: number
  readonly secondsBetweenReadings: number
  readonly readingsAMessage: number
}

interface Line {
  readonly service: string
  readonly quantity: number
  readonly unit: string
  readonly usd: number
}

export interface Cost {
  readonly usdPerMonth: number
  readonly lines: readonly Line[]
}

/** Templates by stack name, as synthesized. */
export type Templates = ReadonlyMap<string, { readonly Resources?: Readonly<Record<string, any>> }>

const monthHours = 730
const million = 1e6
const steps = (bytes: number, step: number) => Math.max(1, Math.ceil(bytes / step))

/** Milliseconds for which a batch runs: reading the status, writing series and status, mostly waiting. */
const batchMs = 120

/** What a month of telemetry costs, from the device to the series, by what the templates deploy. */
export function costOf(templates: Templates, work: Workload): Cost {
  const found = deployedIn(templates)
  const messages = (work.devices * monthHours * 3600) / work.secondsBetweenReadings / work.readingsAMessage
  const sizes = sizesOf(work)
  // A window that is over before the batch is full ends it; SQS hands out ten messages a request.
  const perSecond = messages / (monthHours * 3600)
  const batch = Math.min(found.batchSize, Math.max(1, perSecond * found.windowSeconds))
  const invocations = messages / batch
  const lines = [
    ...iotLines(work, messages, steps(sizes.message, prices.iot.stepBytes), found.actions),
    line('SQS', messages * steps(sizes.queued, prices.sqs.stepBytes) + 2 * (messages / Math.min(10, batch)), [
      ...(['requests: send, receive, delete', prices.sqs.requests / million] as const),
    ]),
    line('Lambda', invocations, ['invocations', prices.lambda.requests / million]),
    line('Lambda', (invocations * batchMs * found.memoryMb) / 1024 / 1000, ['GB-seconds', prices.lambda.gbSecond]),
    ...watchLines(invocations, found),
    line('DynamoDB', messages * steps(sizes.status, prices.dynamodb.readBytes), [
      ...(['read units: device status', prices.dynamodb.reads / million] as const),
    ]),
    // One item without facts is written by itself; a transaction would cost twice.
    line('DynamoDB', messages * steps(sizes.status, prices.dynamodb.writeBytes), [
      ...(['write units: device status', prices.dynamodb.writes / million] as const),
    ]),
    ...(found.memoryHours === undefined
      ? quarterLines(work, messages, sizes.sample)
      : timestreamLines(invocations, messages * work.readingsAMessage, sizes.sample, found.memoryHours)),
    ...lakeLines(invocations, messages * work.readingsAMessage, sizes.sample.inLake, found),
  ]
  return { usdPerMonth: cents(lines.reduce((sum, { usd }) => sum + usd, 0)), lines }
}

const cents = (usd: number) => Math.round(usd * 100) / 100

const line = (
  service: string,
  quantity: number,
  [unit, price]: readonly [string, number] | readonly (string | number)[],
): Line => ({
  service,
  quantity: Math.round(quantity),
  unit: String(unit),
  usd: cents(quantity * Number(price)),
})

const watchesTelemetry = /ingest-telemetry|lotline[_-]telemetry|-samples/

/** What of the templates decides about the cost of a message. */
function deployedIn(templates: Templates) {
  const all = [...templates.values()].flatMap(({ Resources = {} }) => Object.values(Resources))
  const ofType = (type: string) => all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties)
  const rule = ofType('AWS::IoT::TopicRule').find(({ RuleName }) => RuleName === 'lotline_telemetry')
  const ingest = ofType('AWS::Lambda::Function').find(({ FunctionName }) => /iot-ingest-telemetry$/.test(FunctionName))
  const mapping = ofType('AWS::Lambda::EventSourceMapping').find(({ BatchSize, EventSourceArn }) => {
    return BatchSize !== undefined && /Telemetry/.test(JSON.stringify(EventSourceArn))
  })
  const delivery = ofType('AWS::KinesisFirehose::DeliveryStream').find(({ DeliveryStreamName }) =>
    /-samples$/.test(DeliveryStreamName),
  )
  const [transition] = ofType('AWS::S3::Bucket').flatMap(
    ({ LifecycleConfiguration }) => LifecycleConfiguration?.Rules.flatMap((one: any) => one.Transitions ?? []) ?? [],
  )
  if (!rule || !ingest || !mapping || !delivery || !transition)
    throw new Error('The templates hold no telemetry rule, its function or its queue: synthesize the whole product.')
  const memory = ofType('AWS::Timestream::Table')[0]?.RetentionProperties.MemoryStoreRetentionPeriodInHours
  return {
    actions: rule.TopicRulePayload.Actions.length as number,
    memoryMb: ingest.MemorySize as number,
    isTraced: ingest.TracingConfig?.Mode === 'Active',
    /** Alarms that watch the function, its queue, its rule and its delivery. */
    alarms: ofType('AWS::CloudWatch::Alarm').filter((alarm) => watchesTelemetry.test(JSON.stringify(alarm))).length,
    batchSize: mapping.BatchSize as number,
    windowSeconds: (mapping.MaximumBatchingWindowInSeconds ?? 0) as number,
    /** How long the lake's delivery collects for one file, and how long its files are in the dearer storage. */
    bufferSeconds: delivery.ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds as number,
    freshDays: transition.TransitionInDays as number,
    /** Undefined where the series is kept in DynamoDB. */
    memoryHours: memory === undefined ? undefined : Number(memory),
  }
}

/** What is billed for looking on: X-Ray takes the first call of each second, and 5 % of the others. */
function watchLines(
  invocations: number,
  { isTraced, alarms }: { readonly isTraced: boolean; readonly alarms: number },
): Line[] {
  const { traces, sampledPerSecond, sampledPart } = prices.xray
  const first = Math.min(invocations, monthHours * 3600 * sampledPerSecond)
  return [
    ...(isTraced ? [line('X-Ray', first + (invocations - first) * sampledPart, ['traces', traces / million])] : []),
    line('CloudWatch', alarms, ['alarms on the way of telemetry', prices.cloudwatch.alarm]),
  ]
}

/** Bytes of what a typical device sends and leaves, made by the product's own rules. */
function sizesOf({ readingsAMessage }: Workload) {
  const now = Date.parse('2026-03-02T08:00:00Z')
  const id = Device.sample()
  const readings = Array.from({ length: readingsAMessage }, (_, index) => ({
    at: new Date(now - index * 1000).toISOString(),
    ...{ temperatureC: 5.25, humidityPct: 41.5 },
  }))
  const status = DeviceStatus.like()
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
  const arrivals = [7, 8, 9, 10, 11, 12, 13, 14].map((sequence) =>
    arrivalOf(id, now, { bootId: 'b17', sequence, readings }),
  )
  const read = arrivals.map((arrival) => telemetryOf(arrival, { ...status.dictionary, aliases: {} }))
  const messages = read.filter((one) => !('refusal' in one))
  const [reported] = report({ ...status, id }, [], messages as any, () => '')
  const inLake = { device_id: id, measured_at: now, measures: { temperatureC: 5.25, humidityPct: 41.5 }, texts: {} }
  return {
    message: atob(arrivals[0]!.payload).length,
    queued: bytes(arrivals[0]),
    // The item also holds its keys, version and chain.
    status: bytes({ ...status, ...reported!.data }) + 120,
    // Time, and name and value of each measure; the measure name is sent once a write, but stored with each sample.
    sample: {
      written: 8 + 2 * (12 + 8),
      device: 38,
      group: 24,
      stored: 8 + 2 * 8 + 24 + 38,
      dynamodb: 24,
      inLake: bytes(inLake) + 1,
    },
  }
}

function iotLines({ devices }: Workload, messages: number, perMessage: number, actions: number): Line[] {
  const { connectionMinutes, rulesTriggered, actions: action } = prices.iot
  return [
    line('IoT Core', devices * monthHours * 60, ['connection minutes', connectionMinutes / million]),
    line('IoT Core', messages * perMessage, ['rules triggered', rulesTriggered / million]),
    line('IoT Core', messages * perMessage * actions, ['rule actions', action / million]),
  ]
}

type SampleBytes = ReturnType<typeof sizesOf>['sample']

/** Months for which telemetry has been kept, where storage is priced. */
const monthsKept = 12
const gigabytes = (bytes: number) => bytes / 1e9

/** Records of one WriteRecords; devices whose samples do not fill one share it, and each record then names its device. */
const recordsAWrite = 100

function timestreamLines(
  calls: number,
  samples: number,
  { written, device, group, stored }: SampleBytes,
  hours: number,
): Line[] {
  const { writes, memory, magnetic, writeBytes } = prices.timestream
  const perCall = Math.round(samples / calls)
  const units = (records: number) => (records === 0 ? 0 : steps(records * (written + device) + group, writeBytes))
  const written1KB = Math.floor(perCall / recordsAWrite) * units(recordsAWrite) + units(perCall % recordsAWrite)
  const inMemory = gigabytes((samples / monthHours) * hours * stored)
  return [
    line('Timestream', calls * written1KB, ['writes of 1 KB', writes / million]),
    line('Timestream', inMemory * monthHours, ['GB-hours in memory', memory]),
    line('Timestream', gigabytes(samples * stored) * monthsKept, [`GB-months after ${monthsKept} months`, magnetic]),
  ]
}

/** Each message rewrites the item of its quarter of an hour, which is half full on average. */
function quarterLines(work: Workload, messages: number, { dynamodb: bytes }: SampleBytes): Line[] {
  const { writes, storage, writeBytes } = prices.dynamodb
  const quarterBytes = (900 / work.secondsBetweenReadings) * bytes
  const samples = messages * work.readingsAMessage
  return [
    line('DynamoDB', messages * steps(quarterBytes / 2, writeBytes), ['write units: series', writes / million]),
    line('DynamoDB', gigabytes(samples * bytes) * monthsKept, [`GB-months after ${monthsKept} months`, storage]),
  ]
}

/** What a Parquet file takes of the JSON that it was made of: measured on a thousand devices, a sample every 10 s. */
const parquetPart = 0.05
const monthDays = monthHours / 24

/** Each call puts what it read into as few records as it takes; questions of Athena are not in a month of telemetry. */
function lakeLines(
  calls: number,
  samples: number,
  bytes: number,
  { bufferSeconds, freshDays }: { readonly bufferSeconds: number; readonly freshDays: number },
): Line[] {
  const { firehose, s3 } = prices
  const billed = gigabytes(calls * steps((samples / calls) * bytes, firehose.stepBytes) * firehose.stepBytes)
  const aMonth = gigabytes(samples * bytes * parquetPart)
  const freshMonths = Math.min(monthsKept, freshDays / monthDays)
  return [
    line('Firehose', billed, ['GB taken in', firehose.ingested]),
    line('Firehose', billed, ['GB converted to Parquet', firehose.converted]),
    line('S3', (monthHours * 3600) / bufferSeconds, ['files of the lake', s3.writes / million]),
    line('S3', aMonth * freshMonths, ['GB-months of the lake, fresh', s3.standard]),
    line('S3', aMonth * (monthsKept - freshMonths), [`GB-months after ${monthsKept} months, older`, s3.glacierInstant]),
  ]
}
