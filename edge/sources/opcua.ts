import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  ClientSubscription,
  DataType,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua-client'
import type { SourceOf } from '../config.ts'
import type { Log, Route, Running, Sighting, Take } from './source.ts'

/** So many values of a node wait at the server while the connection is down, where it grants that many. */
const serverQueue = 1000
const publishMs = 500
const retryMs = 5000
/** A lost server is noticed after this. */
const sessionMs = 30_000

/**
 * Values of OPC UA nodes, by a subscription that outlives a lost connection. The gateway has an application certificate
 * of its own, made at the first start in `pki/own`, which the server's administrator has to trust; it trusts no server
 * but the one whose certificate stands in the configuration.
 */
export function readOpcUa(
  name: string,
  source: SourceOf<'opcua'>,
  routes: readonly Route[],
  folder: string,
  take: Take,
  log: Log,
): Running {
  let closing = false
  let client: OPCUAClient | undefined
  let timer: NodeJS.Timeout | undefined
  const begin = async () => {
    try {
      client = await clientFor(source, folder)
      client.on('connection_lost', () => log('source-away', { source: name }))
      client.on('connection_reestablished', () => log('source-connected', { source: name }))
      await client.connect(source.url)
      const session = await client.createSession(identityOf(source))
      await watch(session, name, routes, take, log)
      log('source-connected', { source: name })
      session.on('session_closed', () => again('the session was closed'))
    } catch (error) {
      again((error as Error).message)
    }
  }
  const again = (why: string) => {
    if (closing) return
    log('source-failed', { source: name, why })
    clearTimeout(timer)
    timer = setTimeout(() => void (client?.disconnect() ?? Promise.resolve()).catch(() => {}).then(begin), retryMs)
  }
  const started = begin()
  return {
    async close() {
      closing = true
      clearTimeout(timer)
      await started
      await client?.disconnect().catch(() => {})
    },
  }
}

async function clientFor(source: SourceOf<'opcua'>, folder: string): Promise<OPCUAClient> {
  const pki = new OPCUACertificateManager({
    rootFolder: join(folder, 'pki'),
    automaticallyAcceptUnknownCertificate: false,
  })
  await pki.initialize()
  const certificateFile = join(folder, 'pki/own/certs/gateway.pem')
  const serverCertificate = source.serverCertificate && certificateBytes(source.serverCertificate)
  const applicationUri = `urn:${hostname()}:lotline-edge`
  if (source.security !== 'None') {
    if (!existsSync(certificateFile))
      await pki.createSelfSignedCertificate({
        applicationUri,
        outputFile: certificateFile,
        subject: '/CN=lotline-edge',
        dns: [hostname()],
        startDate: new Date(),
        validity: 3650,
      })
    if (serverCertificate) await pki.trustCertificate(serverCertificate)
  }
  return OPCUAClient.create({
    applicationName: 'lotline-edge',
    applicationUri,
    securityMode: source.security === 'None' ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy[source.security],
    clientCertificateManager: pki,
    ...(source.security !== 'None' && { certificateFile, privateKeyFile: pki.privateKey }),
    // Known beforehand, so that nothing has to be asked over an insecure channel.
    ...(serverCertificate && { serverCertificate }),
    endpointMustExist: false,
    keepSessionAlive: true,
    requestedSessionTimeout: sessionMs,
    connectionStrategy: { initialDelay: 500, maxDelay: 10_000, maxRetry: 2 },
  })
}

/** DER of a certificate file, which may be PEM. */
function certificateBytes(path: string): Buffer {
  const bytes = readFileSync(path)
  const [, base64] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(bytes.toString('latin1')) ?? []
  return base64 ? Buffer.from(base64, 'base64') : bytes
}

const identityOf = ({ user }: SourceOf<'opcua'>): UserIdentityInfo =>
  user
    ? { type: UserTokenType.UserName, userName: user.name, password: readFileSync(user.passwordFile, 'utf8').trimEnd() }
    : { type: UserTokenType.Anonymous }

async function watch(
  session: ClientSession,
  name: string,
  routes: readonly Route[],
  take: Take,
  log: Log,
): Promise<void> {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: publishMs,
    requestedLifetimeCount: 1200,
    requestedMaxKeepAliveCount: 20,
    publishingEnabled: true,
    maxNotificationsPerPublish: 1000,
    priority: 1,
  })
  for (const route of routes) {
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: route.node!, attributeId: AttributeIds.Value },
      { samplingInterval: route.everySeconds * 1000, queueSize: serverQueue, discardOldest: true },
      TimestampsToReturn.Both,
    )
    const about = { source: name, node: route.node, device: route.deviceId, metric: route.code }
    item.on('err', (why: string) => log('node-refused', { ...about, why }))
    item.on('changed', (value: DataValue) => {
      const sighting = sightingOf(route, value)
      if (typeof sighting === 'string') log('value-unreadable', { ...about, why: sighting })
      else take([sighting]).catch((error: Error) => log('message-not-kept', { ...about, why: error.message }))
    })
  }
}

/** What a node says for a route, or why nothing can be read; what the server itself doubts is not passed on. */
function sightingOf(
  route: Route,
  { statusCode, sourceTimestamp, serverTimestamp, value }: DataValue,
): Sighting | string {
  if (!statusCode.isGood()) return `the server says ${statusCode.name}`
  const at = (sourceTimestamp ?? serverTimestamp ?? new Date()).getTime()
  const raw: unknown = value.value
  if (typeof raw === 'number') return Number.isFinite(raw) ? { route, at, value: raw } : `${raw} is no number`
  if (typeof raw === 'string' && raw !== '') return { route, at, value: raw }
  if (typeof raw === 'boolean') return { route, at, value: String(raw) }
  return `a value of type ${DataType[value.dataType]} is not passed on`
}
