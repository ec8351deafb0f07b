// Writes records into the store of a folder until it is killed, and prints how many were acknowledged.
import { recordReader } from '../../lib/local/timestream-records.ts'
import { openTimeSeriesStore } from '../../lib/local/timestream-store.ts'

const table = { database: 'factory', table: 'kill', magneticStoreDays: 365, dimensions: [] }
const read = recordReader({
  Dimensions: [{ Name: 'device', Value: 'a' }],
  MeasureName: 'x',
  MeasureValueType: 'DOUBLE',
})
const store = await openTimeSeriesStore(process.argv[2]!, [table])
const [[already]] = (await store.query('SELECT count(*) FROM factory.kill')).rows.map(({ Data }) => Data) as [
  [{ ScalarValue: string }],
]
let written = Number(already.ScalarValue)
process.stdout.write(`${written}\n`)
for (;;) {
  const records = Array.from({ length: 10 }, (_, index) =>
    read({ Time: String(1_790_000_000_000 + written + index), MeasureValue: '1' }),
  )
  await store.write(table, records)
  written += records.length
  process.stdout.write(`${written}\n`)
}
