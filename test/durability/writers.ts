import type { MqttClient } from 'mqtt'
import type { Role } from '../../lib/kit/command.ts'
import { connectDevice } from '../../story/device.ts'
import type { Answer } from '../cloud/door.ts'
import type { Factory } from '../cloud/factory.ts'
import type { People, Recorded } from '../cloud/people.ts'

/** The cloud as a writer sees it: up, or waited for. */
export class Weather {
  private up = Promise.resolve()
  private rise: () => void = () => {}

  down(): void {
    this.up = new Promise((resolve) => {
      this.rise = resolve
    })
  }
  back(): void {
    this.rise()
  }
  wait(): Promise<void> {
    return this.up
  }
}

/** A command that was sent until it was answered, always under the same key. */
export interface Sent {
  readonly key: string
  readonly path: string
  /** Times it was sent. */
  times: number
  /** Its answer's facts; absent while nobody answered. */
  facts?: readonly Recorded[]
}

interface Order {
  readonly role: Role
  readonly path: string
  readonly body: object
}

/** Sends commands one after another; one that was cut off is sent again when the cloud is back. */
export class Writer {
  readonly sent: Sent[] = []
  readonly refusals: string[] = []
  private stopping = false
  private readonly loop: Promise<void>

  constructor(name: string, people: People, weather: Weather, next: (n: number) => Order) {
    this.loop = this.write(name, people, weather, next)
  }

  /** Ends after the command that is under way was answered. */
  stop(): Promise<void> {
    this.stopping = true
    return this.loop
  }

  private async write(name: string, people: People, weather: Weather, next: (n: number) => Order): Promise<void> {
    for (let n = 0; !this.stopping; n += 1) {
      const { role, path, body } = next(n)
      const one: Sent = { key: `${name}-${n}`, path, times: 0 }
      this.sent.push(one)
      for (;;) {
        one.times += 1
        const answer = await this.ask(people, { role, path, body }, one.key).catch(() => undefined)
        if (!answer) {
          await new Promise((resolve) => setTimeout(resolve, 20))
          await weather.wait()
        } else if (answer.status < 300) {
          one.facts = JSON.parse(answer.text).facts
          break
        } else if (answer.status !== 409 || JSON.parse(answer.text).code !== 'too-busy') {
          this.refusals.push(`${path}: ${answer.status} ${answer.text.slice(0, 200)}`)
          break
        }
      }
    }
  }

  private ask(people: People, { role, path, body }: Order, key: string): Promise<Answer> {
    return people.ask(role, { method: 'POST', path, body, headers: { 'idempotency-key': key } })
  }
}

/** What the writers do: moves, issues to orders and deliveries, on few lots, so that they meet. */
export function daily(factory: Factory, lots: readonly string[], orders: readonly string[], writer: number) {
  const { locations, supplierId, items } = factory
  return (n: number): Order => {
    const lotId = lots[(n + writer) % lots.length]!
    const [from, to] = n % 2 === 0 ? [locations[0], locations[2]] : [locations[2], locations[0]]
    const line = { lotId, locationId: locations[0], quantity: 1, unit: 'each' }
    switch (n % 5) {
      case 0:
        return {
          role: 'warehouse',
          path: '/deliveries',
          body: {
            ...{ supplierId, locationId: locations[0] },
            lines: [
              {
                itemId: items.part,
                number: `W${writer}-${n}`,
                supplierLot: `S${writer}-${n}`,
                quantity: 5,
                unit: 'each',
              },
            ],
          },
        }
      case 1:
        return { role: 'production', path: `/orders/${orders[n % orders.length]}/materials`, body: { lines: [line] } }
      default:
        return { role: 'warehouse', path: `/lots/${lotId}/moves`, body: { from, to, quantity: 2, unit: 'each' } }
    }
  }
}

/** One sensor that publishes by QoS 1 and repeats what was not acknowledged, as the protocol asks. */
export class Sensor {
  /** Device times of readings in acknowledged messages. */
  readonly acknowledged: string[] = []
  repeats = 0
  private stopping = false
  private readonly loop: Promise<void>

  constructor(port: number, device: { id: string; topic: string; folder: string }, weather: Weather, begin: number) {
    this.loop = this.publish(port, device, weather, begin)
  }

  stop(): Promise<void> {
    this.stopping = true
    return this.loop
  }

  private async publish(
    port: number,
    { id, topic, folder }: { id: string; topic: string; folder: string },
    weather: Weather,
    begin: number,
  ): Promise<void> {
    let client: MqttClient | undefined
    for (let sequence = 0; !this.stopping; ) {
      const times = [0, 1, 2, 3, 4].map((n) => new Date(begin + (sequence * 5 + n) * 1000).toISOString())
      const readings = times.map((at, n) => ({ at, temperatureC: 4 + n / 10 }))
      try {
        client ??= await connectDevice(port + 3, id, folder)
        await publishOrFail(client, topic, JSON.stringify({ bootId: 'b1', sequence, readings }))
        this.acknowledged.push(...times)
        sequence += 1
        // AWS IoT Core takes 100 publishes a second of one connection.
        await new Promise((resolve) => setTimeout(resolve, 15))
      } catch {
        this.repeats += 1
        client?.end(true)
        client = undefined
        await new Promise((resolve) => setTimeout(resolve, 20))
        await weather.wait()
      }
    }
    await client?.endAsync(true)
  }
}

/** Resolves at the PUBACK, rejects when the connection ends before. */
function publishOrFail(client: MqttClient, topic: string, payload: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = () => reject(new Error('cut off'))
    // A client whose connection ended before keeps the message for a connection that it will never make.
    if (!client.connected) return cut()
    client.once('close', cut).once('error', cut)
    client.publish(topic, payload, { qos: 1 }, (error) => {
      client.off('close', cut).off('error', cut)
      if (error) reject(error)
      else resolve()
    })
  })
}
