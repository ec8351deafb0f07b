import { QueryCommand, type QueryCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Bucket, Gap, Ports, Sample } from '#kit/ports'
import { dynamo, eachOf } from './dynamo.ts'
import { groupOf, merged } from './samples.ts'
import { setting } from './setting.ts'

/** Time of one item. An update is billed by the whole item, a question by what it reads: so short is cheap. */
const quarterMs = 900_000
/** Samples of one update: their expression must stay below 4 KB and 300 operators. */
const updateLimit = 100
/** Updates at a time. */
const width = 8

/**
 * Time series in a table of their own, for accounts without Timestream: an item holds a quarter of an hour of a device
 * and a group of measures, each sample in an attribute named after its millisecond in it. So a day is one read of 96
 * items side by side, a sample that comes again changes nothing, and order does not matter.
 */
export const series: Ports['series'] = {
  write: (samples) => eachOf(updatesOf(samples), width, update),

  async read(deviceId, from, to, limit) {
    const samples: Sample[] = []
    for await (const sample of between(deviceId, from, to)) {
      if (samples.length === limit) return { samples, next: sample.at }
      samples.push(sample)
    }
    return { samples }
  },

  async summarize(deviceId, metric, from, to, seconds) {
    const buckets = new Map<string, Bucket & { readonly sum: number }>()
    for await (const { at, measures } of between(deviceId, from, to)) {
      const value = measures[metric]
      if (typeof value !== 'number') continue
      const begin = instant(Math.floor(Date.parse(at) / (seconds * 1000)) * seconds * 1000)
      const { count = 0, sum = 0, min = value, max = value } = buckets.get(begin) ?? {}
      const counted = { count: count + 1, sum: sum + value, min: Math.min(min, value), max: Math.max(max, value) }
      buckets.set(begin, { at: begin, ...counted, mean: counted.sum / counted.count, last: value })
    }
    return [...buckets.values()].map(({ sum: _, ...bucket }) => bucket)
  },

  async latest(deviceId, since) {
    const newestFirst = quartersOf(deviceId, quarterOf(since), '9999', { ScanIndexForward: false })
    for await (const quarter of newestFirst) return quarter.filter(({ at }) => at >= instant(Date.parse(since))).at(-1)
    return undefined
  },

  async gaps(deviceId, from, to, seconds) {
    const gaps: Gap[] = []
    let before = instant(Date.parse(from))
    const look = (at: string) => {
      if (Date.parse(at) - Date.parse(before) > seconds * 1000) gaps.push({ from: before, to: at })
      before = at
    }
    for await (const { at } of between(deviceId, from, to)) look(at)
    look(instant(Date.parse(to)))
    return gaps
  },
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString()

/** The quarter of an hour in which an instant lies, `2026-03-02T08:15`; it begins the sort key. */
const quarterOf = (at: string) => instant(Math.floor(Date.parse(at) / quarterMs) * quarterMs).slice(0, 16)
const beginOf = (sk: string) => Date.parse(`${sk.slice(0, 16)}:00Z`)

const partitionOf = (deviceId: string) => `SERIES#${deviceId}`

interface QuarterUpdate {
  readonly pk: string
  readonly quarter: string
  /** Names of the measures, in the order of each sample's values. */
  readonly group: string
  /** Values by the attribute that keeps them. */
  readonly values: Map<string, readonly (number | string)[]>
}

/** The fewest updates that write these samples. */
function updatesOf(samples: readonly Sample[]): QuarterUpdate[] {
  const open = new Map<string, QuarterUpdate>()
  const full: QuarterUpdate[] = []
  for (const { deviceId, at, measures } of samples) {
    const [pk, quarter, group] = [partitionOf(deviceId), quarterOf(at), groupOf(measures)]
    const key = `${pk} ${quarter} ${group}`
    const mine = open.get(key) ?? { pk, quarter, group, values: new Map() }
    open.set(key, mine)
    const attribute = attributeOf(at)
    if (!mine.values.has(attribute)) mine.values.set(attribute, valuesOf(measures))
    if (mine.values.size < updateLimit) continue
    full.push(mine)
    open.delete(key)
  }
  return [...full, ...open.values()]
}

const valuesOf = (measures: Sample['measures']) =>
  Object.entries(measures)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value)

/** The millisecond in the quarter, short: it is written with each sample. */
const attributeOf = (at: string) => `t${(Date.parse(at) % quarterMs).toString(36)}`

async function update({ pk, quarter, group, values }: QuarterUpdate): Promise<void> {
  const attributes = [...values.keys()]
  const sets = attributes.map((_, index) => `#${index}=if_not_exists(#${index},:${index})`)
  await dynamo.send(
    new UpdateCommand({
      TableName: setting('SERIES_TABLE'),
      Key: { pk, sk: `${quarter}#${group}` },
      UpdateExpression: `SET expires=:expires,${sets.join(',')}`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, index) => [`#${index}`, attribute])),
      ExpressionAttributeValues: {
        ':expires': beginOf(quarter) / 1000 + Number(setting('SERIES_DAYS')) * 86_400,
        ...Object.fromEntries([...values.values()].map((value, index) => [`:${index}`, value])),
      },
    }),
  )
}

/** Samples from one time up to another, oldest first. */
async function* between(deviceId: string, from: string, to: string): AsyncGenerator<Sample> {
  const [first, end] = [instant(Date.parse(from)), instant(Date.parse(to))]
  for await (const quarter of quartersOf(deviceId, quarterOf(from), quarterOf(to), {}))
    yield* quarter.filter(({ at }) => at >= first && at < end)
}

type Order = Pick<QueryCommandInput, 'ScanIndexForward'>

/** The samples of each quarter from one up to another, one by one: the groups of a quarter stand together. */
async function* quartersOf(deviceId: string, first: string, last: string, order: Order): AsyncGenerator<Sample[]> {
  let items: Record<string, any>[] = []
  for await (const item of itemsOf(deviceId, first, last, order)) {
    if (items.length > 0 && beginOf(items[0]!.sk) !== beginOf(item.sk)) {
      yield merged(items.flatMap(samplesOf))
      items = []
    }
    items.push(item)
  }
  if (items.length > 0) yield merged(items.flatMap(samplesOf))
}

async function* itemsOf(deviceId: string, first: string, last: string, order: Order): AsyncGenerator<any> {
  let ExclusiveStartKey: Record<string, unknown> | undefined
  do {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: setting('SERIES_TABLE'),
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        // `~` comes after every group of the quarter.
        ExpressionAttributeValues: { ':pk': partitionOf(deviceId), ':first': first, ':last': `${last}~` },
        ConsistentRead: true,
        ExclusiveStartKey,
        ...order,
      }),
    )
    yield* page.Items ?? []
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
}

function samplesOf({ pk, sk, expires: _, ...attributes }: Record<string, any>): Sample[] {
  const begin = beginOf(sk)
  const names = sk.slice(17).split(',')
  return Object.entries<readonly (number | string)[]>(attributes as any).map(([attribute, values]) => ({
    deviceId: pk.slice(partitionOf('').length),
    at: instant(begin + Number.parseInt(attribute.slice(1), 36)),
    measures: Object.fromEntries(names.map((name: string, index: number) => [name, values[index]!])),
  }))
}
