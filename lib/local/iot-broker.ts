import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import type { Cloud } from './cloud.ts'
import { type Authority, certificateId } from './iot-authority.ts'
import { allows, type Connection, type DeviceRequest, type IotPolicy } from './iot-policy.ts'
import type { IotRegistry } from './iot-registry.ts'
import { isBasicIngest } from './iot-rules.ts'
import { TokenBucket } from './token-bucket.ts'

const LARGEST_PAYLOAD = 128 * 1024
const LONGEST_CLIENT_ID = 128
const PUBLISHES_PER_SECOND = 100
const NOT_AUTHORIZED = 5

/** A message on its way through the broker. */
interface Published {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
}

/** The MQTT side of IoT Core. */
export interface Broker {
  /** Delivers to subscribers; what rules and shadows do with the message is the caller's part. */
  deliver(message: Published & { readonly retain?: boolean }): Promise<void>
  /** Sends to one client only, where it subscribed and may hear it. */
  tell(clientId: string, message: Published): void
  /** How often something was refused, by AWS's name of the metric. */
  readonly refused: Readonly<Record<string, number>>
  /** Drops the connections of a certificate, after it was deactivated. */
  disconnect(certificateId: string): void
  close(): Promise<void>
}

/** What the broker needs to decide and to keep messages. */
interface BrokerContext {
  readonly cloud: Cloud
  readonly authority: Authority
  readonly registry: IotRegistry
  /** Compiled AWS::IoT::Policy documents by name. */
  readonly policies: ReadonlyMap<string, IotPolicy>
  /** Stores a published message durably; the sender gets no PUBACK before it resolves, and is cut off if it rejects. */
  arrive(message: Published, sender: { clientId: string; principal: string }): Promise<void>
}

/** A connected client: a device with its certificate, or an operator on this machine's plain port. */
interface Session {
  readonly certificateId: string | undefined
  readonly connection: Connection
  readonly publishes: TokenBucket
}

/** Starts the broker: plain MQTT for operators on port + 2 and mutual TLS for devices on port + 3, both on loopback. */
export async function openBroker(context: BrokerContext): Promise<Broker> {
  const { cloud, authority } = context
  const sessions = new WeakMap<Client, Session>()
  const refused: Record<string, number> = {}
  const count = (metric: string) => {
    refused[metric] = (refused[metric] ?? 0) + 1
  }
  const refuse = (client: Client, { metric, why }: Refusal) => {
    count(metric)
    cloud.log('iot-core', `${client.id}: ${why}; disconnected`)
    return new Error(why)
  }
  const permitted = (client: Client, action: DeviceRequest['action'], resource: string) =>
    isPermitted(context, sessions.get(client), action, resource)

  const aedes = new Aedes({
    concurrency: 1000,
    authenticate(client, _username, _password, done) {
      const { session, why } = admit(context, client)
      if (session) sessions.set(client, session)
      else {
        count('Connect.AuthError')
        cloud.log('iot-core', `${client.id}: connection refused: ${why}`)
      }
      const error = Object.assign(new Error(why), { returnCode: NOT_AUTHORIZED }) as AuthenticateError
      done(session ? null : error, session !== undefined)
    },
    authorizePublish(client, packet, done) {
      // Only a will comes without a client, after a crash of another broker of a cluster.
      if (!client) return done(new Error('a message without a client'))
      const session = sessions.get(client)!
      const refusal = publishRefusal(packet, session, (action, resource) => permitted(client, action, resource))
      if (refusal) return done(refuse(client, refusal))
      const message: Published = { topic: packet.topic, payload: Buffer.from(packet.payload), qos: packet.qos as 0 | 1 }
      const sender = { clientId: client.id, principal: session.certificateId ?? 'operator' }
      context.arrive(message, sender).then(
        () => done(null),
        (error: Error) => {
          const why = `the message to ${packet.topic} could not be stored: ${error.message}`
          done(refuse(client, { metric: 'PublishIn.ServerError', why }))
        },
      )
    },
    authorizeSubscribe(client, subscription, done) {
      if (!permitted(client, 'iot:Subscribe', `topicfilter/${subscription.topic}`))
        return done(
          refuse(client, {
            metric: 'Subscribe.AuthError',
            why: `not authorized to subscribe to ${subscription.topic}`,
          }),
        )
      // AWS IoT Core grants at most QoS 1.
      done(null, { ...subscription, qos: subscription.qos === 0 ? 0 : 1 })
    },
    authorizeForward(client, packet: AedesPublishPacket) {
      if (isBasicIngest(packet.topic)) return null
      return permitted(client, 'iot:Receive', `topic/${packet.topic}`) ? packet : null
    },
  })
  await aedes.listen()
  const handle = (socket: Parameters<Aedes['handle']>[0]) => void aedes.handle(socket)
  const plain = await listen(createServer({ noDelay: true }, handle), cloud.port + 2)
  const mutual = createTlsServer({
    ...(await authority.issueServer()),
    ca: [authority.certificatePem],
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  })
  mutual.on('secureConnection', handle)
  mutual.on('tlsClientError', (error) => {
    count('Connect.AuthError')
    cloud.log('iot-core', `TLS connection refused: ${error.message}`)
  })
  await listen(mutual, cloud.port + 3)

  return {
    refused,
    deliver: ({ topic, payload, qos, retain = false }) =>
      new Promise((resolve, reject) => {
        const packet: PublishPacket = { cmd: 'publish', topic, payload, qos, retain, dup: false }
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    tell(clientId, { topic, payload, qos }) {
      const client = clientsOf(aedes)[clientId]
      if (!client || !hears(client, topic) || !permitted(client, 'iot:Receive', `topic/${topic}`)) return
      client.publish({ cmd: 'publish', topic, payload, qos, retain: false, dup: false }, (error) => {
        if (error) cloud.log('iot-core', `${clientId}: ${topic} could not be sent: ${error.message}`)
      })
    },
    disconnect(id) {
      for (const client of Object.values(clientsOf(aedes)))
        if (sessions.get(client)?.certificateId === id) client.close()
    },
    async close() {
      await new Promise<void>((resolve) => aedes.close(resolve))
      await Promise.all([plain, mutual].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** The library does not tell its types of these. */
const clientsOf = (aedes: Aedes) => (aedes as unknown as { clients: Record<string, Client> }).clients
const hears = (client: Client, topic: string) =>
  topic in (client as unknown as { subscriptions: Record<string, unknown> }).subscriptions

/** Decides about a CONNECT by the certificate of its TLS connection; the plain port is for operators. */
function admit(context: BrokerContext, client: Client): { session?: Session; why?: string } {
  const { registry } = context
  if (client.id.length > LONGEST_CLIENT_ID) return { why: `client id longer than ${LONGEST_CLIENT_ID}` }
  const publishes = new TokenBucket(PUBLISHES_PER_SECOND, PUBLISHES_PER_SECOND, Date.now())
  if (!(client.conn instanceof TLSSocket)) {
    const connection = { clientId: client.id, thing: undefined }
    return { session: { certificateId: undefined, connection, publishes } }
  }
  const der = client.conn.getPeerCertificate().raw
  const certificate = der && registry.get('certificate', certificateId(der))
  if (!certificate) return { why: 'the certificate is not registered' }
  if (certificate.status !== 'ACTIVE') return { why: `the certificate is ${certificate.status}` }
  const thing = registry.get('thing', client.id)
  const attached = thing && registry.get('principals', client.id)?.includes(certificate.certificateArn)
  const connection: Connection = {
    clientId: client.id,
    thing: attached
      ? {
          name: thing.thingName,
          attributes: thing.attributes,
          ...(thing.thingTypeName && { typeName: thing.thingTypeName }),
        }
      : undefined,
  }
  const session: Session = { certificateId: certificate.certificateId, connection, publishes }
  if (isPermitted(context, session, 'iot:Connect', `client/${client.id}`)) return { session }
  return { why: 'no attached policy allows iot:Connect with this client id' }
}

/** Policies are looked up each time, so that attaching and detaching acts on open connections. */
function isPermitted(
  { cloud, registry, policies }: BrokerContext,
  session: Session | undefined,
  action: DeviceRequest['action'],
  resource: string,
): boolean {
  if (!session) return false
  if (session.certificateId === undefined) return true
  const certificate = registry.get('certificate', session.certificateId)
  if (certificate?.status !== 'ACTIVE') return false
  const attached = registry.get('policies', certificate.certificateArn) ?? []
  const arn = `arn:aws:iot:${cloud.region}:${cloud.account}:${resource}`
  return allows(
    attached.map((name) => policies.get(name)!),
    { action, resource: arn },
    session.connection,
  )
}

/** Why something is refused, and the metric of AWS IoT that counts it. */
interface Refusal {
  readonly metric: string
  readonly why: string
}

function publishRefusal(
  packet: PublishPacket,
  session: Session,
  permitted: (action: DeviceRequest['action'], resource: string) => boolean,
): Refusal | undefined {
  const { qos, topic, payload, retain } = packet
  const no = (kind: string, why: string) => ({ metric: `PublishIn.${kind}`, why })
  if (qos === 2) return no('ClientError', 'AWS IoT Core has no QoS 2')
  if (payload.length > LARGEST_PAYLOAD)
    return no('ClientError', `a payload of ${payload.length} bytes; 128 KB is the limit`)
  if (topic.startsWith('$SYS/')) return no('AuthError', 'not authorized to publish to $SYS')
  if (!session.publishes.take(Date.now()))
    return no('Throttle', `over ${PUBLISHES_PER_SECOND} publishes a second (THROTTLED)`)
  if (!permitted('iot:Publish', `topic/${topic}`)) return no('AuthError', `not authorized to publish to ${topic}`)
  if (retain && !permitted('iot:RetainPublish', `topic/${topic}`))
    return no('AuthError', `not authorized to retain on ${topic}`)
  return undefined
}

function listen<S extends Server>(server: S, port: number): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
