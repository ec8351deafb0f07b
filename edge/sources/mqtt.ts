import type { SourceOf } from '../config.ts'
import { subscribe } from './broker.ts'
import type { Log, Route, Running, Sighting, Take } from './source.ts'

/** Values of plain MQTT topics: the whole payload, or fields of its JSON. */
export function readMqtt(
  name: string,
  source: SourceOf<'mqtt'>,
  routes: readonly Route[],
  take: Take,
  log: Log,
): Running {
  const byTopic = Map.groupBy(routes, ({ topic = '' }) => topic)
  const onMessage = async (topic: string, payload: Buffer) => {
    const sightings = (byTopic.get(topic) ?? []).flatMap((route) => {
      const seen = sightingOf(route, payload.toString('utf8'), Date.now())
      if (typeof seen !== 'string') return [seen]
      log('value-unreadable', { source: name, topic, device: route.deviceId, metric: route.code, why: seen })
      return []
    })
    await take(sightings)
  }
  return subscribe(name, source, [...byTopic.keys()], onMessage, log)
}

/** What a message says for a route, or why nothing can be read. */
export function sightingOf(route: Route, payload: string, now: number): Sighting | string {
  let json: unknown = payload
  try {
    json = JSON.parse(payload)
  } catch (error) {
    if (route.field !== undefined || route.timeField !== undefined) return (error as Error).message
  }
  const value = route.field === undefined ? json : at(json, route.field)
  if (typeof value !== 'number' && typeof value !== 'string')
    return `${route.field ?? 'the payload'} holds no number or text`
  if (value === '') return 'the value is empty'
  if (route.timeField === undefined) return { route, at: now, value }
  const time = at(json, route.timeField)
  const read = typeof time === 'number' ? time : Date.parse(String(time))
  if (!Number.isSafeInteger(read)) return `${route.timeField} holds no time (ISO 8601, or milliseconds since 1970)`
  return { route, at: read, value }
}

const at = (json: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], json)
