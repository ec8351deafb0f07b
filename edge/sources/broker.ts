import { readFileSync } from 'node:fs'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { SourceOf } from '../config.ts'
import type { Log, Running } from './source.ts'

/** What one message of a broker means; rejects where it could not be kept. */
export type OnMessage = (topic: string, payload: Buffer, client: MqttClient) => Promise<void>

/**
 * Subscribes to topics of a local broker by QoS 1, in a session that the broker keeps while the gateway is away. A
 * message is acknowledged when it is on the gateway's disk.
 */
export function subscribe(
  name: string,
  { url, user, ca }: SourceOf<'mqtt'> | SourceOf<'sparkplug'>,
  topics: readonly string[],
  onMessage: OnMessage,
  log: Log,
): Running & { readonly client: MqttClient } {
  const options: IClientOptions = {
    clientId: `lotline-edge-${name}`,
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: 2000,
    resubscribe: true,
    ...(user && { username: user.name, password: readFileSync(user.passwordFile, 'utf8').trimEnd() }),
    ...(ca && { ca: readFileSync(ca) }),
  }
  const client = connect(url, options)
  client.on('connect', () => {
    log('source-connected', { source: name })
    client.subscribe([...topics], { qos: 1 }, (error) => {
      if (error) log('source-refused', { source: name, why: error.message })
    })
  })
  client.on('offline', () => log('source-away', { source: name }))
  client.on('error', (error) => log('source-failed', { source: name, why: error.message }))
  // The acknowledgement goes out when this calls back; an error would end the session.
  client.handleMessage = ({ topic, payload }, done) => {
    onMessage(topic, Buffer.from(payload), client)
      .then(() => done())
      .catch((error: Error) => {
        log('message-not-kept', { source: name, topic, why: error.message })
        client.reconnect()
      })
  }
  return { client, close: () => client.endAsync(true) }
}
