import { readSparkplug, type SparkplugMetric } from '../../lib/domain/sparkplug.ts'
import type { SourceOf } from '../config.ts'
import { subscribe } from './broker.ts'
import type { Log, Route, Running, Sighting, Take } from './source.ts'

/**
 * Values of Sparkplug B edge nodes and devices. Aliases count from a birth to the next; who sends one that this gateway
 * does not know is asked for its birth again, as the specification says.
 */
export function readSparkplugSource(
  name: string,
  source: SourceOf<'sparkplug'>,
  routes: readonly Route[],
  take: Take,
  log: Log,
): Running {
  const byOrigin = Map.groupBy(routes, ({ device = '' }) => device)
  const aliases = new Map<string, Map<string, string>>()
  const topics = [...byOrigin.keys()].flatMap((origin) => {
    const [group, node, device] = origin.split('/')
    // Aliases are unique over an edge node and its devices, so its own birth is needed too.
    return device
      ? ['DBIRTH', 'DDATA']
          .map((kind) => `spBv1.0/${group}/${kind}/${node}/${device}`)
          .concat(`spBv1.0/${group}/NBIRTH/${node}`)
      : ['NBIRTH', 'NDATA'].map((kind) => `spBv1.0/${group}/${kind}/${node}`)
  })
  return subscribe(
    name,
    source,
    [...new Set(topics)],
    async (topic, payload, client) => {
      const [, group, kind = '', node, device] = topic.split('/')
      const origin = [group, node, device].filter(Boolean).join('/')
      const mine = byOrigin.get(origin) ?? []
      let read: ReturnType<typeof readSparkplug>
      try {
        read = readSparkplug(payload)
      } catch (error) {
        log('value-unreadable', { source: name, topic, why: (error as Error).message })
        return
      }
      const known = kind.endsWith('BIRTH') ? new Map<string, string>() : (aliases.get(origin) ?? new Map())
      if (kind.endsWith('BIRTH')) aliases.set(origin, known)
      const sightings: Sighting[] = []
      let isAliasUnknown = false
      for (const metric of read.metrics) {
        if (metric.name !== undefined && metric.alias !== undefined) known.set(metric.alias, metric.name)
        const called = metric.name ?? known.get(metric.alias ?? '')
        if (called === undefined) isAliasUnknown = true
        sightings.push(
          ...mine.filter((route) => route.metric === called).flatMap((route) => seen(route, metric, read.timestamp)),
        )
      }
      if (isAliasUnknown) {
        log('birth-asked-for', { source: name, origin })
        client.publish(`spBv1.0/${group}/NCMD/${node}`, rebirth(Date.now()), { qos: 0 })
      }
      await take(sightings)
    },
    log,
  )
}

function seen(route: Route, { value, isNull, timestamp }: SparkplugMetric, sent: number | undefined): Sighting[] {
  if (isNull || value === undefined) return []
  return [{ route, at: timestamp ?? sent ?? Date.now(), value: typeof value === 'boolean' ? String(value) : value }]
}

const varint = (value: bigint): number[] =>
  value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)]
const field = (number: number, wire: number, ...bytes: number[]) => [(number << 3) | wire, ...bytes]
const blob = (number: number, bytes: readonly number[]) => field(number, 2, ...varint(BigInt(bytes.length)), ...bytes)

/** The payload of a command `Node Control/Rebirth` = true. */
export function rebirth(now: number): Buffer {
  const boolean = 11
  const metric = [...blob(1, [...Buffer.from('Node Control/Rebirth')]), ...field(4, 0, boolean), ...field(14, 0, 1)]
  return Buffer.from([...field(1, 0, ...varint(BigInt(now))), ...blob(2, metric)])
}
