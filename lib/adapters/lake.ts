import type { Ports, Sample } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

/** A record takes 1,000 KiB and a call 4 MiB; a little below, as many samples as fit: Firehose bills 5 KB at least. */
const recordBytes = 900 * 1024
const recordsACall = 4
const attempts = 4
const firstWait = 100

const service = { name: 'firehose', target: 'Firehose_20150804', version: '1.1' } as const

/** Calls of the same moment go out together: a batch of messages is one call, however many devices it is of. */
let open: { readonly lines: string[]; readonly sent: Promise<void> } | undefined

/** The data lake, by Firehose: what it took is kept at least once; a sample may be in it twice. */
export const lake: Ports['lake'] = {
  async put(samples) {
    if (samples.length === 0) return
    if (!open) {
      const lines: string[] = []
      open = { lines, sent: new Promise<void>((resolve) => setTimeout(resolve, 2)).then(() => send(lines)) }
    }
    open.lines.push(...samples.map(lineOf))
    await open.sent
  },
}

function lineOf({ deviceId, at, measures }: Sample): string {
  const numbers: Record<string, number> = {}
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(measures))
    if (typeof value === 'number') numbers[name] = value
    else texts[name] = value
  const row = { device_id: deviceId, measured_at: Date.parse(at), measures: numbers, texts }
  return `${JSON.stringify(row)}\n`
}

async function send(lines: readonly string[]): Promise<void> {
  open = undefined
  const records = recordsOf(lines)
  for (let start = 0; start < records.length; start += recordsACall)
    await sendBatch(records.slice(start, start + recordsACall))
}

function recordsOf(lines: readonly string[]): string[] {
  const records: string[] = []
  let text = ''
  for (const line of lines) {
    if (text.length + line.length > recordBytes) {
      records.push(text)
      text = ''
    }
    text += line
  }
  return [...records, text]
}

async function sendBatch(records: readonly string[]): Promise<void> {
  let left = records
  for (let attempt = 1; ; attempt += 1) {
    const { RequestResponses = [] } = await call(service, 'PutRecordBatch', {
      DeliveryStreamName: setting('LAKE_STREAM'),
      Records: left.map((text) => ({ Data: Buffer.from(text).toString('base64') })),
    })
    const refused = (RequestResponses as Response[]).map(
      ({ ErrorCode, ErrorMessage }) => ErrorCode && `${ErrorCode} ${ErrorMessage}`,
    )
    if (!refused.some(Boolean)) return
    if (attempt === attempts) throw new Error(`Firehose refused samples ${attempts} times: ${refused.find(Boolean)}`)
    await new Promise((resolve) => setTimeout(resolve, firstWait * 2 ** attempt))
    left = left.filter((_, index) => refused[index])
  }
}

/** What became of one record. */
interface Response {
  readonly ErrorCode?: string
  readonly ErrorMessage?: string
}
