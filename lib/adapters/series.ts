import { QueryCommand, type QueryCommandOutput, TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import {
  type MeasureValue,
  RejectedRecordsException,
  type _Record as TimestreamRecord,
  TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import type { Ports, Sample } from '#kit/ports'
import { setting } from './setting.ts'

/** WriteRecords takes this many records. */
const recordLimit = 100
// Timestream's clients ask the service for the endpoint of the account's cell. Only an endpoint given here, not the
// SDK's own reading of the variable, makes them leave that out.
const { AWS_ENDPOINT_URL: endpoint } = process.env
const writer = new TimestreamWriteClient({ endpoint })
const reader = new TimestreamQueryClient({ endpoint })

const target = () => ({ DatabaseName: setting('SERIES_DATABASE'), TableName: setting('SERIES_TABLE') })

/**
 * Amazon Timestream for LiveAnalytics: one multi-measure record a sample, by device time. Its measure name is the
 * device: Timestream finds records by it, and unlike the dimension it is a column before the first record is written.
 */
export const series: Ports['series'] = {
  async write(samples) {
    for (let start = 0; start < samples.length; start += recordLimit)
      await writeBatch(samples.slice(start, start + recordLimit))
  },

  async read(deviceId, from, to, limit) {
    const { DatabaseName, TableName } = target()
    const QueryString = [
      `SELECT * FROM "${DatabaseName}"."${TableName}"`,
      `WHERE measure_name = ${text(deviceId)} AND time >= ${timestamp(from)} AND time < ${timestamp(to)} ORDER BY time LIMIT ${limit}`,
    ].join(' ')
    const samples: Sample[] = []
    let NextToken: string | undefined
    do {
      const page: QueryCommandOutput = await reader.send(new QueryCommand({ QueryString, NextToken }))
      samples.push(...samplesOf(deviceId, page))
      NextToken = page.NextToken
    } while (NextToken)
    return samples
  },
}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`
const timestamp = (instant: string) => `TIMESTAMP '${new Date(instant).toISOString().replace('T', ' ').slice(0, -1)}'`

async function writeBatch(samples: readonly Sample[]): Promise<void> {
  try {
    await writer.send(
      new WriteRecordsCommand({
        ...target(),
        CommonAttributes: { MeasureValueType: 'MULTI', TimeUnit: 'MILLISECONDS' },
        Records: samples.map(recordOf),
      }),
    )
  } catch (error) {
    if (!(error instanceof RejectedRecordsException)) throw error
    // The others are written. One that stands there already, in this version or a newer one, is no loss.
    const lost = (error.RejectedRecords ?? []).filter(({ ExistingVersion }) => ExistingVersion === undefined)
    if (lost.length === 0) return
    const names = lost.map(({ RecordIndex = 0, Reason }) => {
      const { deviceId, at } = samples[RecordIndex]!
      return `${deviceId} at ${at} (${Reason})`
    })
    throw new Error(`Timestream rejected ${lost.length} of ${samples.length} samples: ${names.join(', ')}`)
  }
}

const recordOf = ({ deviceId, at, measures }: Sample): TimestreamRecord => ({
  Dimensions: [{ Name: 'deviceId', Value: deviceId }],
  MeasureName: deviceId,
  Time: String(Date.parse(at)),
  MeasureValues: Object.entries(measures).map(
    ([Name, value]): MeasureValue => ({
      Name,
      Value: String(value),
      Type: typeof value === 'number' ? 'DOUBLE' : 'VARCHAR',
    }),
  ),
})

function samplesOf(deviceId: string, { ColumnInfo = [], Rows = [] }: QueryCommandOutput): Sample[] {
  return Rows.map(({ Data = [] }) => {
    const measures: Record<string, number | string> = {}
    let at = ''
    for (const [index, { Name = '', Type }] of ColumnInfo.entries()) {
      const value = Data[index]?.ScalarValue
      if (value === undefined || Name === 'deviceId' || Name === 'measure_name') continue
      if (Name === 'time') at = `${value.replace(' ', 'T').slice(0, 23)}Z`
      else measures[Name] = Type?.ScalarType === 'DOUBLE' ? Number(value) : value
    }
    return { deviceId, at, measures }
  })
}
