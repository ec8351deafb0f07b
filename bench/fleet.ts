import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { certificateRequest, connectDevice, filesOf } from '../story/device.ts'
import { storageSensor } from '../test/cloud/factory.ts'
import type { People } from '../test/cloud/people.ts'

/** Readings of one message; at one reading in 10 s a device sends every 100 s. */
export const readingsAMessage = 10
/** Messages of a device that wait for their acknowledgement at most, as a device with little memory would. */
const inFlight = 20

/** A device that publishes packed readings by QoS 1, and remembers which messages were acknowledged. */
export class Sender {
  readonly id: string
  readonly acknowledged: number[] = []
  /** Messages that cannot be right, acknowledged like the others. */
  readonly poison: number[] = []
  /** Sends that ended with the connection; each was sent again. */
  repeated = 0
  private readonly topic: string
  private readonly folder: string
  private readonly port: number
  private readonly begin: number
  private readonly turn: number
  private client: MqttClient | undefined
  private sequence = 0

  /** `turn` tells senders apart, so that they do not send their poison all at once. */
  constructor(port: number, id: string, folder: string, begin: number, turn: number) {
    this.turn = turn
    this.port = port
    this.id = id
    this.folder = folder
    this.begin = begin
    this.topic = `$aws/rules/lotline_telemetry/${id}/telemetry`
  }

  /** Device time of a reading: one a second, from days ago, so that a short run holds many and none is in the future. */
  at(sequence: number, index: number): string {
    return new Date(this.begin + (sequence * readingsAMessage + index) * 1000).toISOString()
  }

  /** Publishes until it is enough, each second at most so many messages; one in `poisonEvery` is poison. */
  async send(enough: () => boolean, rate: number, poisonEvery: number): Promise<void> {
    const start = performance.now()
    let sent = 0
    const loop = async () => {
      while (!enough()) {
        const due = start + (sent++ * 1000) / rate
        if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
        const sequence = this.sequence++
        await this.untilAcknowledged(sequence, poisonEvery > 0 && (sequence + this.turn) % poisonEvery === 0)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, loop))
  }

  /** Publishes one message now; gives the time of its last reading. */
  async sendOne(): Promise<string> {
    const sequence = this.sequence++
    await this.untilAcknowledged(sequence, false)
    return this.at(sequence, readingsAMessage - 1)
  }

  async close(): Promise<void> {
    await this.client?.endAsync(true)
    this.client = undefined
  }

  private async untilAcknowledged(sequence: number, poison: boolean): Promise<void> {
    const payload = this.payload(sequence, poison)
    for (;;)
      try {
        await publish(await this.connected(), this.topic, payload)
        ;(poison ? this.poison : this.acknowledged).push(sequence)
        return
      } catch {
        this.repeated += 1
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
  }

  private connecting: Promise<MqttClient> | undefined

  private connected(): Promise<MqttClient> {
    if (this.client?.connected) return Promise.resolve(this.client)
    this.connecting ??= connectDevice(this.port + 3, this.id, this.folder)
      .then((client) => {
        client.setMaxListeners(inFlight + 2).on('error', () => undefined)
        this.client = client
        return client
      })
      .finally(() => {
        this.connecting = undefined
      })
    return this.connecting
  }

  private payload(sequence: number, poison: boolean): string {
    const readings = Array.from({ length: readingsAMessage }, (_, index) => ({
      at: this.at(sequence, index),
      temperatureC: poison ? 451 : 4 + ((sequence + index) % 10) / 10,
    }))
    return JSON.stringify({ bootId: 'b1', sequence, readings })
  }
}

/** Resolves at the PUBACK, rejects when the connection ends before. */
function publish(client: MqttClient, topic: string, payload: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = () => reject(new Error('the connection ended before the acknowledgement'))
    client.once('close', cut)
    client.publish(topic, payload, { qos: 1 }, (error) => {
      client.off('close', cut)
      if (error) reject(error)
      else resolve()
    })
  })
}

/** Registers so many devices at a new site and gets each its certificate. */
export async function enrol(people: People, port: number, folder: string, count: number): Promise<Sender[]> {
  const kindId = await storageSensor(people, 'bench-sensor')
  const berlin = { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' }
  const siteId = await people.make('admin', '/sites', berlin)
  const cold = { code: 'COLD-1', name: 'Cold room 1', zone: 'cold', storage: { minC: 2, maxC: 8 } }
  const locationId = await people.make('admin', `/sites/${siteId}/locations`, cold)
  const { rootCa } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as { rootCa: string }
  // Whole messages begin at whole multiples of their length, by which the series can be counted.
  const begin = Math.floor((Date.now() - 6 * 86_400_000) / 60_000) * 60_000
  const senders: Sender[] = []
  for (let number = 0; number < count; number++) {
    const id = await people.make('service', '/devices', { siteId, name: `Sensor ${number}`, kindId, locationId })
    const own = join(folder, id)
    mkdirSync(own, { recursive: true })
    await people.post('service', `/devices/${id}/certificates`, { csr: await certificateRequest(own, id) })
    writeFileSync(filesOf(own).certificate, await certificateOf(people, id))
    writeFileSync(filesOf(own).rootCa, rootCa)
    senders.push(new Sender(port, id, own, begin, Math.floor((number * 1000) / count)))
  }
  return senders
}

async function certificateOf(people: People, id: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const { text } = await people.ask('auditor', { method: 'GET', path: `/devices/${id}` })
    const pem = JSON.parse(text).state?.certificate?.pem
    if (pem) return pem
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the certificate of ${id} did not come within 20 s`)
}
