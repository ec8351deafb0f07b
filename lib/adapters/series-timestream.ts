import { QueryCommand, type QueryCommandOutput, type TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import {
  type MeasureValue,
  type RejectedRecord,
  type _Record as TimestreamRecord,
  type TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import type { Ports, Sample } from '#kit/ports'
import { AwsError, call, domainOf, type JsonService } from './aws-call.ts'
import { jsonClient } from './aws-client.ts'
import { groupOf, merged } from './samples.ts'
import { setting } from './setting.ts'

/** WriteRecords takes this many records. */
const recordLimit = 100
const timestream = { name: 'timestream', target: 'Timestream_20181101', version: '1.0' } as const

/** The account's cell of a part of Timestream, which has to be asked for and may move. */
function cellOf(part: 'ingest' | 'query'): JsonService {
  let cell: Promise<{ address: string; until: number }> | undefined
  const ask = async (region: string) => {
    const all = { ...timestream, host: () => `${part}.timestream.${domainOf(region)}` }
    const { Endpoints } = await call(all, 'DescribeEndpoints', {})
    const [{ Address, CachePeriodInMinutes }] = Endpoints
    return { address: Address as string, until: Date.now() + CachePeriodInMinutes * 60_000 }
  }
  return {
    ...timestream,
    async host(region) {
      const known = await cell?.catch(() => undefined)
      if (!known || known.until < Date.now()) cell = ask(region)
      return (await cell!).address
    },
  }
}

const writer = jsonClient<TimestreamWriteClient>(cellOf('ingest'))
const reader = jsonClient<TimestreamQueryClient>(cellOf('query'))

const target = () => ({ DatabaseName: setting('SERIES_DATABASE'), TableName: setting('SERIES_TABLE') })

/**
 * Amazon Timestream for LiveAnalytics: one multi-measure record a sample, by device time, in the partition of its
 * device. The measure name is the group of its measures: two messages of the same instant that hold different
 * measures are two records, and neither is taken for the other.
 */
export const series: Ports['series'] = {
  async write(samples) {
    const whole = samples.length - (samples.length % recordLimit)
    const batches = Array.from({ length: whole / recordLimit }, (_, index) => index * recordLimit)
    const lost = await Promise.all([
      ...batches.map((start) => writeBatch(samples.slice(start, start + recordLimit))),
      writeTogether(samples.slice(whole)),
    ])
    failIfLost(lost.flat(), samples)
  },

  async read(deviceId, from, to, limit) {
    const found = await rowsOf(
      `SELECT * FROM ${table()} ${where(deviceId, from, to)} ORDER BY time, measure_name LIMIT ${limit + 1}`,
    )
    const samples = merged(found.map(({ time, measures }) => ({ deviceId, at: time, measures })))
    // Of the last instant more rows may be left; it begins the next page.
    const next = found.length > limit && samples.length > 1 ? samples.pop()!.at : undefined
    return next ? { samples, next } : { samples }
  },

  async summarize(deviceId, metric, from, to, seconds) {
    const [column, bucket] = [name(metric), `bin(time, ${seconds}s)`]
    // An instant may have the metric in two groups; it is one sample, as in `merged`.
    const values = `SELECT time, MIN_BY(${column}, measure_name) AS value FROM ${table()} ${where(deviceId, from, to)} AND ${column} IS NOT NULL GROUP BY time`
    const rows = await rowsOf(
      [
        `SELECT ${bucket} AS time, COUNT(value) AS "count", MIN(value) AS "min", AVG(value) AS "mean",`,
        `MAX(value) AS "max", MAX_BY(value, time) AS "last" FROM (${values}) GROUP BY ${bucket} ORDER BY 1`,
      ].join(' '),
    )
    return rows.map(({ time, measures }) => {
      const { count, min, mean, max, last } = measures as Record<string, number>
      return { at: time, count: count!, min: min!, mean: mean!, max: max!, last: last! }
    })
  },

  async latest(deviceId, since) {
    const after = `WHERE "deviceId" = ${text(deviceId)} AND time >= ${timestamp(since)}`
    const newest = `SELECT * FROM ${table()} ${after} ORDER BY time DESC, measure_name LIMIT ${groupLimit}`
    const found = await rowsOf(newest)
    return merged(found.map(({ time, measures }) => ({ deviceId, at: time, measures }))).at(-1)
  },

  async gaps(deviceId, from, to, seconds) {
    const times = [
      `SELECT time FROM ${table()} ${where(deviceId, from, to)}`,
      `SELECT ${timestamp(from)} AS time`,
      `SELECT ${timestamp(to)} AS time`,
    ].join(' UNION ALL ')
    const pairs = `SELECT time, LAG(time) OVER (ORDER BY time) AS "from" FROM (${times})`
    const rows = await rowsOf(`SELECT "from", time FROM (${pairs}) WHERE time - "from" > ${seconds}s ORDER BY time`)
    return rows.map(({ time, measures }) => ({ from: isoOf(String(measures.from)), to: time }))
  },
}

/** More groups of measures than one instant has. */
const groupLimit = 20

const table = () => {
  const { DatabaseName, TableName } = target()
  return `"${DatabaseName}"."${TableName}"`
}
const name = (column: string) => `"${column.replaceAll('"', '""')}"`
const text = (value: string) => `'${value.replaceAll("'", "''")}'`
const timestamp = (instant: string) => `TIMESTAMP '${new Date(instant).toISOString().replace('T', ' ').slice(0, -1)}'`
const where = (deviceId: string, from: string, to: string) =>
  `WHERE "deviceId" = ${text(deviceId)} AND time >= ${timestamp(from)} AND time < ${timestamp(to)}`

/** A sample that Timestream did not take, and why. */
interface Lost {
  readonly sample: Sample
  readonly reason: string | undefined
}

/** Samples of the same moment that do not fill a write of their own, whoever brought them. */
let open: { readonly samples: Sample[]; readonly written: Promise<Lost[]> } | undefined

/** A batch of messages of many devices takes few writes so, and each is billed by the kilobyte that it begins. */
async function writeTogether(samples: readonly Sample[]): Promise<Lost[]> {
  if (samples.length === 0) return []
  open ??= gather()
  open.samples.push(...samples)
  const lost = await open.written
  return lost.filter(({ sample }) => samples.includes(sample))
}

function gather(): NonNullable<typeof open> {
  const samples: Sample[] = []
  const written = new Promise((resolve) => setTimeout(resolve, 2)).then(async () => {
    open = undefined
    const starts = Array.from({ length: Math.ceil(samples.length / recordLimit) }, (_, index) => index * recordLimit)
    return (await Promise.all(starts.map((start) => writeBatch(samples.slice(start, start + recordLimit))))).flat()
  })
  return { samples, written }
}

/** Writes what can be written; gives what was lost. */
async function writeBatch(samples: readonly Sample[]): Promise<Lost[]> {
  const common = commonOf(samples)
  try {
    const Records = samples.map((sample) => recordOf(sample, common))
    await writer.send(new WriteRecordsCommand({ ...target(), CommonAttributes: common, Records }))
    return []
  } catch (error) {
    if (!(error instanceof AwsError) || error.name !== 'RejectedRecordsException') throw error
    // The others are written. One that stands there already, in this version or a newer one, is no loss.
    const rejected: RejectedRecord[] = error.details.RejectedRecords ?? []
    const lost = rejected.filter(({ ExistingVersion }) => ExistingVersion === undefined)
    return lost.map(({ RecordIndex = 0, Reason }) => ({ sample: samples[RecordIndex]!, reason: Reason }))
  }
}

function failIfLost(lost: readonly Lost[], samples: readonly Sample[]): void {
  if (lost.length === 0) return
  const names = lost.map(({ sample: { deviceId, at }, reason }) => `${deviceId} at ${at} (${reason})`)
  throw new Error(`Timestream rejected ${lost.length} of ${samples.length} samples: ${names.join(', ')}`)
}

/** What all samples share is said once, and not paid for in every record. */
function commonOf(samples: readonly Sample[]): TimestreamRecord {
  const [devices, groups] = [
    new Set(samples.map(({ deviceId }) => deviceId)),
    new Set(samples.map(({ measures }) => groupOf(measures))),
  ]
  return {
    ...{ MeasureValueType: 'MULTI', TimeUnit: 'MILLISECONDS' },
    ...(devices.size === 1 && { Dimensions: dimensionsOf(samples[0]!) }),
    ...(groups.size === 1 && { MeasureName: groupOf(samples[0]!.measures) }),
  }
}

const dimensionsOf = ({ deviceId }: Sample) => [{ Name: 'deviceId', Value: deviceId }]

const recordOf = (sample: Sample, common: TimestreamRecord): TimestreamRecord => ({
  ...(common.Dimensions ? {} : { Dimensions: dimensionsOf(sample) }),
  ...(common.MeasureName ? {} : { MeasureName: groupOf(sample.measures) }),
  Time: String(Date.parse(sample.at)),
  MeasureValues: Object.entries(sample.measures).map(
    ([Name, value]): MeasureValue => ({
      Name,
      Value: String(value),
      Type: typeof value === 'number' ? 'DOUBLE' : 'VARCHAR',
    }),
  ),
})

interface Row {
  /** Its column `time`, ISO 8601. */
  readonly time: string
  /** The other columns that hold a value. */
  readonly measures: Readonly<Record<string, number | string>>
}

/** All rows of a query's answer, page by page; a column that no sample has brought yet makes an empty answer. */
async function rowsOf(QueryString: string): Promise<Row[]> {
  const rows: Row[] = []
  let NextToken: string | undefined
  try {
    do {
      const page: QueryCommandOutput = await reader.send(new QueryCommand({ QueryString, NextToken }))
      rows.push(...(page.Rows ?? []).map(({ Data = [] }) => rowOf(page.ColumnInfo ?? [], Data)))
      NextToken = page.NextToken
    } while (NextToken)
  } catch (error) {
    if (
      (error as Error).name === 'ValidationException' &&
      /column .*(does not exist|cannot be resolved|not found)/i.test((error as Error).message)
    )
      return []
    throw error
  }
  return rows
}

/** Columns that are keys, not measures. */
const keyColumns = ['time', 'deviceId', 'measure_name']

function rowOf(
  columns: NonNullable<QueryCommandOutput['ColumnInfo']>,
  data: readonly { readonly ScalarValue?: string | undefined }[],
): Row {
  const measures: Record<string, number | string> = {}
  let time = ''
  for (const [index, { Name = '', Type }] of columns.entries()) {
    const value = data[index]?.ScalarValue
    if (value === undefined) continue
    if (Name === 'time') time = isoOf(value)
    else if (!keyColumns.includes(Name)) measures[Name] = numeric.has(Type?.ScalarType ?? '') ? Number(value) : value
  }
  return { time, measures }
}

const numeric: ReadonlySet<string> = new Set(['DOUBLE', 'BIGINT', 'INTEGER'])

/** `2026-03-02 08:00:00.000000000` as Timestream writes it, in ISO 8601. */
const isoOf = (time: string) => `${time.replace(' ', 'T').slice(0, 23)}Z`
