import { QueryCommand, type QueryCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Bucket, Gap, Ports, Sample } from '#kit/ports'
import { dynamo, eachOf } from './dynamo.ts'
import { groupOf, merged } from './samples.ts'
import { setting } from './setting.ts'

const hourMs = 3_600_000
/** Samples of one update: their expression must stay below 4 KB and 300 operators. */
const updateLimit = 100
/** Updates at a time. */
const width = 8

/**
 * Time series in a table of their own, for accounts without Timestream: an item holds one hour of a device and a
 * group of measures, each sample in an attribute named after its millisecond in the hour. So a day is read from 24
 * items, a sample that comes again changes nothing, and order does not matter.
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
    const newestFirst = hoursOf(deviceId, hourOf(since), '9999', { ScanIndexForward: false })
    for await (const hour of newestFirst) return hour.filter(({ at }) => at >= instant(Date.parse(since))).at(-1)
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

/** The hour of an instant, `2026-03-02T08`; it begins the sort key. */
const hourOf = (at: string) => instant(Date.parse(at)).slice(0, 13)

interface HourUpdate {
  readonly pk: string
  readonly hour: string
  /** Names of the measures, in the order of each sample's values. */
  readonly group: string
  /** Values by the attribute that keeps them. */
  readonly values: Map<string, readonly (number | string)[]>
}

/** The fewest updates that write these samples. */
function updatesOf(samples: readonly Sample[]): HourUpdate[] {
  const open = new Map<string, HourUpdate>()
  const full: HourUpdate[] = []
  for (const { deviceId: pk, at, measures } of samples) {
    const [hour, group] = [hourOf(at), groupOf(measures)]
    const key = `${pk} ${hour} ${group}`
    const mine = open.get(key) ?? { pk, hour, group, values: new Map() }
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

/** The millisecond in the hour, short: it is written with each sample. */
const attributeOf = (at: string) => `t${(Date.parse(at) % hourMs).toString(36)}`

async function update({ pk, hour, group, values }: HourUpdate): Promise<void> {
  const attributes = [...values.keys()]
  const sets = attributes.map((_, index) => `#${index}=if_not_exists(#${index},:${index})`)
  await dynamo.send(
    new UpdateCommand({
      TableName: setting('SERIES_TABLE'),
      Key: { pk, sk: `${hour}#${group}` },
      UpdateExpression: `SET expires=:expires,${sets.join(',')}`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, index) => [`#${index}`, attribute])),
      ExpressionAttributeValues: {
        ':expires': Math.floor(Date.parse(`${hour}:00:00Z`) / 1000) + Number(setting('SERIES_DAYS')) * 86_400,
        ...Object.fromEntries([...values.values()].map((value, index) => [`:${index}`, value])),
      },
    }),
  )
}

/** Samples from one time up to another, oldest first. */
async function* between(deviceId: string, from: string, to: string): AsyncGenerator<Sample> {
  const [first, end] = [instant(Date.parse(from)), instant(Date.parse(to))]
  for await (const hour of hoursOf(deviceId, hourOf(from), hourOf(to), {}))
    yield* hour.filter(({ at }) => at >= first && at < end)
}

type Order = Pick<QueryCommandInput, 'ScanIndexForward'>

/** The samples of each hour from one up to another, hour by hour: the groups of one hour stand together. */
async function* hoursOf(deviceId: string, first: string, last: string, order: Order): AsyncGenerator<Sample[]> {
  let items: Record<string, any>[] = []
  for await (const item of itemsOf(deviceId, first, last, order)) {
    if (items.length > 0 && items[0]!.sk.slice(0, 13) !== item.sk.slice(0, 13)) {
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
        // `~` comes after every group of the hour.
        ExpressionAttributeValues: { ':pk': deviceId, ':first': first, ':last': `${last}~` },
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
  const begin = Date.parse(`${sk.slice(0, 13)}:00:00Z`)
  const names = sk.slice(14).split(',')
  return Object.entries<readonly (number | string)[]>(attributes as any).map(([attribute, values]) => ({
    deviceId: pk,
    at: instant(begin + Number.parseInt(attribute.slice(1), 36)),
    measures: Object.fromEntries(names.map((name: string, index: number) => [name, values[index]!])),
  }))
}
