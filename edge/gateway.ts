import { randomBytes } from 'node:crypto'
import type { Config, Source } from './config.ts'
import { Deadband } from './deadband.ts'
import { readMqtt } from './sources/mqtt.ts'
import { readOpcUa } from './sources/opcua.ts'
import type { Log, Route, Running, Sighting, Take } from './sources/source.ts'
import { readSparkplugSource } from './sources/sparkplug.ts'
import { Store } from './store.ts'
import { uplink } from './uplink.ts'

const packMs = 250
const stateMs = 60_000
/** The cloud refuses what is dated further ahead or further back than this. */
const [aheadMs, behindMs] = [4 * 60_000, 7 * 86_400_000]

/** Starts the sources, the store and one connection to the cloud for each device. */
export function startGateway(config: Config, log: Log): Running {
  const store = new Store(config.store.folder, {
    megabytes: config.store.megabytes,
    limits: config.packing,
    resolutionMs: config.packing.resolutionMs,
    bootId: `edge-${randomBytes(6).toString('hex')}`,
  })
  const take = takeInto(store, log)
  const routes = config.devices.flatMap(({ id, metrics }) =>
    metrics.map((metric): Route => ({ ...metric, deviceId: id })),
  )
  const sources = Object.entries(config.sources).map(([name, source]) =>
    read(
      name,
      source,
      routes.filter((route) => route.source === name),
      config,
      take,
      log,
    ),
  )
  const uplinks = config.devices.map((device) => uplink(device, config, store, log))
  const packing = setInterval(() => {
    for (const { id } of config.devices) store.pack(id, Date.now())
  }, packMs)
  const telling = setInterval(() => log('state', store.state()), stateMs)
  return {
    async close() {
      clearInterval(packing)
      clearInterval(telling)
      await Promise.all(sources.map((one) => one.close()))
      await Promise.all(uplinks.map((one) => one.close()))
      store.close()
    },
  }
}

function read(name: string, source: Source, routes: Route[], config: Config, take: Take, log: Log): Running {
  switch (source.kind) {
    case 'opcua':
      return readOpcUa(name, source, routes, config.store.folder, take, log)
    case 'mqtt':
      return readMqtt(name, source, routes, take, log)
    case 'sparkplug':
      return readSparkplugSource(name, source, routes, take, log)
  }
}

/** Lets through what the dead-bands pass, by a clock that the cloud will believe. */
function takeInto(store: Store, log: Log): Take {
  const bands = new Map<string, Deadband>()
  const wrongClocks = new Set<string>()
  const dated = ({ route, at, value }: Sighting): Sighting => {
    const now = Date.now()
    const isWrong = at > now + aheadMs || at < now - behindMs
    const clock = `${route.source}/${route.deviceId}`
    if (isWrong && !wrongClocks.has(clock))
      log('clock-wrong', {
        source: route.source,
        device: route.deviceId,
        at: new Date(at).toISOString(),
        used: 'time of arrival',
      })
    if (isWrong) wrongClocks.add(clock)
    else wrongClocks.delete(clock)
    return { route, value, at: isWrong ? now : at }
  }
  return async (sightings) => {
    const intake = sightings.map(dated).filter((sighting) => {
      const key = `${sighting.route.deviceId}/${sighting.route.code}`
      const band = bands.get(key) ?? new Deadband(sighting.route)
      bands.set(key, band)
      return band.passes(sighting)
    })
    if (intake.length === 0) return
    await store.take(intake.map(({ route: { deviceId, code }, at, value }) => ({ deviceId, code, at, value })))
    // An alarm does not wait for a full message.
    for (const id of new Set(intake.filter(isAlarming).map(({ route }) => route.deviceId)))
      store.pack(id, Number.POSITIVE_INFINITY)
  }
}

const isAlarming = ({ route: { alarm }, value }: Sighting) =>
  typeof value === 'number' &&
  (value < (alarm.min ?? Number.NEGATIVE_INFINITY) || value > (alarm.max ?? Number.POSITIVE_INFINITY))
