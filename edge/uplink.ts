import { readFileSync } from 'node:fs'
import { connect } from 'mqtt'
import { relayCommands } from './commands.ts'
import type { Config, DeviceConfig, SourceOf } from './config.ts'
import { patiently } from './patience.ts'
import type { Log, Running } from './sources/source.ts'
import type { Store } from './store.ts'

type MqttSource = SourceOf<'mqtt'>

/** How often new messages are looked for. */
const lookMs = 200
/** AWS IoT Core takes 100 messages a second of a connection. */
const pauseMs = 12

/**
 * Sends the messages of one device in order, over a connection of that device's own: its certificate, its client id, its
 * topics. A message is forgotten when AWS IoT Core has acknowledged it, and not before.
 */
export function uplink(device: DeviceConfig, { cloud, sources }: Config, store: Store, log: Log): Running {
  const topic = `$aws/rules/${cloud.rule}/${device.id}/telemetry`
  const client = connect(cloud.url, {
    clientId: device.id,
    cert: readFileSync(device.certificate),
    key: readFileSync(device.key),
    ca: readFileSync(cloud.rootCa),
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 2000,
    queueQoSZero: false,
  })
  client.on('connect', () => log('cloud-connected', { device: device.id }))
  client.on('offline', () => log('cloud-away', { device: device.id }))
  client.on('error', (error) => log('cloud-failed', { device: device.id, why: error.message }))
  const { commands } = device
  const relay = commands && relayCommands({ ...device, commands }, sources[commands.source] as MqttSource, client, log)
  let closing = false
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const drain = async () => {
    while (!closing) {
      const message = client.connected ? store.next(device.id) : undefined
      if (!message) {
        await pause(lookMs)
        continue
      }
      try {
        await patiently(client.publishAsync(topic, message.payload, { qos: 1 }))
        store.acknowledged(message)
        await pause(pauseMs)
      } catch (error) {
        if (closing) return
        log('cloud-failed', { device: device.id, why: (error as Error).message })
        // Nothing of the old connection may be sent again behind the back of the store.
        await new Promise<void>((resolve) => client.end(true, {}, () => resolve()))
        client.reconnect()
        await pause(lookMs)
      }
    }
  }
  const draining = drain()
  return {
    async close() {
      closing = true
      await relay?.close()
      await new Promise<void>((resolve) => client.end(true, {}, () => resolve()))
      await draining
    },
  }
}
