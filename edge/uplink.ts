import { readFileSync } from 'node:fs'
import { connect } from 'mqtt'
import type { Config, DeviceConfig } from './config.ts'
import type { Log, Running } from './sources/source.ts'
import type { Store } from './store.ts'

/** How often new messages are looked for. */
const lookMs = 200
/** AWS IoT Core takes 100 messages a second of a connection. */
const pauseMs = 12
/** Without an acknowledgement for this long the connection is made anew, and the message sent again. */
const patienceMs = 20_000

/**
 * Sends the messages of one device in order, over a connection of that device's own: its certificate, its client id, its
 * topics. A message is forgotten when AWS IoT Core has acknowledged it, and not before.
 */
export function uplink(device: DeviceConfig, { cloud }: Config, store: Store, log: Log): Running {
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
        await withPatience(client.publishAsync(topic, message.payload, { qos: 1 }))
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
      await new Promise<void>((resolve) => client.end(true, {}, () => resolve()))
      await draining
    },
  }
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no acknowledgement for ${patienceMs / 1000} s`)), patienceMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
