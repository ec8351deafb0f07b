import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes } from 'aedes'
import type { Authority } from '../../lib/local/iot-authority.ts'

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`${what} did not come within 30 s`)
}

/** A listener whose connections can be cut, as a power cut would. */
class Door {
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  constructor(server: Server) {
    this.server = server
    for (const event of ['connection', 'secureConnection'])
      server.on(event, (socket: Socket) => {
        this.sockets.add(socket)
        socket.on('error', () => {}).on('close', () => this.sockets.delete(socket))
      })
  }

  open = (port: number) => new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', () => resolve()))

  cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const socket of this.sockets) socket.destroy()
    return closed
  }
}

/** A broker of the plant, plain MQTT. */
export async function plantBroker(port: number): Promise<{ readonly aedes: Aedes; cut(): Promise<void> }> {
  const aedes = await Aedes.createBroker()
  const door = new Door(createServer(aedes.handle))
  await door.open(port)
  return {
    aedes,
    async cut() {
      await door.cut()
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
    },
  }
}

/** What the cloud got from one client. */
export interface Got {
  readonly clientId: string
  readonly topic: string
  readonly message: { bootId: string; sequence: number; readings: readonly Record<string, any>[] }
  readonly bytes: number
}

/** Stands for AWS IoT Core: mutual TLS, a client id that is the certificate's name, and no PUBACK for what it drops. */
export class CloudBroker {
  readonly got: Got[] = []
  private readonly authority: Authority
  private readonly port: number
  private running: { aedes: Aedes; door: Door } | undefined
  /** Takes messages and dies before it acknowledges them. */
  isDying = false

  constructor(authority: Authority, port: number) {
    this.authority = authority
    this.port = port
  }

  async start(): Promise<void> {
    this.isDying = false
    const aedes = await Aedes.createBroker()
    aedes.authorizePublish = (client, { topic, payload }, done) => {
      if (!topic.startsWith(`$aws/rules/lotline_telemetry/${client!.id}/`)) return done(new Error('not your topic'))
      const text = payload.toString()
      this.got.push({ clientId: client!.id, topic, message: JSON.parse(text), bytes: text.length })
      if (!this.isDying) return done(null)
      void this.cut()
    }
    const { key, cert } = await this.authority.issueServer()
    const tls = { key, cert, ca: this.authority.certificatePem, requestCert: true, rejectUnauthorized: true }
    const door = new Door(createTlsServer(tls, aedes.handle))
    await door.open(this.port)
    this.running = { aedes, door }
  }

  async cut(): Promise<void> {
    const { running } = this
    this.running = undefined
    await running?.door.cut()
    if (running) await new Promise<void>((resolve) => running.aedes.close(() => resolve()))
  }

  /** Values of a metric of a device by time, each once, in the order in which they first came. */
  valuesOf(deviceId: string, code: string): { at: string; value: any }[] {
    const seen = new Map<string, any>()
    for (const { clientId, message } of this.got)
      if (clientId === deviceId)
        for (const reading of message.readings)
          if (code in reading && !seen.has(reading.at)) seen.set(reading.at, reading[code])
    return [...seen].map(([at, value]) => ({ at, value }))
  }
}
