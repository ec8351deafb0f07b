import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { boot } from './boot.ts'
import type { Cloud, LocalPage, Principal, Resource, Service, WireService } from './cloud.ts'
import { callDynamodb } from './dynamodb.ts'
import { putEvents } from './events.ts'
import { statementsOf } from './iam.ts'
import { INERT } from './inert.ts'
import { Journal } from './journal.ts'
import { invokeFunction, invokeFunctionLater } from './lambda.ts'
import { lockFolder } from './lock.ts'
import { randomOf } from './random.ts'
import { putObject } from './s3.ts'
import { sendMessage } from './sqs.ts'
import { startExecution } from './stepfunctions.ts'
import { type Assembly, loadAssembly } from './template.ts'

/** How to start the local cloud; everything has a default. */
export interface Options {
  /** Port of the API; the four after it are the SDK endpoint, MQTT, MQTT over TLS and the DynamoDB engine. */
  readonly port?: number
  /** Folder of everything that is kept. */
  readonly data?: string
  /** Empties the data folder first. */
  readonly fresh?: boolean
  /** Repeats the duplicates and disorder of an earlier run. */
  readonly seed?: number
  /** The synthesized app (`cdk.out`). */
  readonly out?: string
  /** Gets the boot log and everything that is noteworthy later; nothing by default. */
  readonly log?: (line: string) => void
}

/** A running local cloud. */
export interface LocalCloud {
  /** Base URL of the main HTTP door. */
  readonly url: string
  readonly port: number
  /** Outputs of the app's stacks by `stack.name`. */
  readonly outputs: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const STOP_MS = 5000

/** Runs the synthesized app on this machine: every service of the boot list, in order. */
export async function startLocalCloud(options: Options = {}): Promise<LocalCloud> {
  const { port = 4600, data = '.lotline', seed = 1, out = 'cdk.out', log = () => {} } = options
  const folder = resolve(data)
  const unlock = lockFolder(folder)
  if (options.fresh) empty(folder)
  const started: Service[] = []
  let journal: Journal | undefined
  let assembly: Assembly
  const stop = async () => {
    for (const service of started.splice(0).reverse()) await stopService(service, log)
    await journal?.close()
    unlock()
  }
  try {
    assembly = loadAssembly(out, `http://127.0.0.1:${port + 1}`)
    assertKnown(assembly.resources)
    journal = new Journal(join(folder, 'journal.jsonl'))
    const cloud = createCloud(assembly, { data: folder, port, seed, journal, log })
    for (const service of boot) {
      const begin = performance.now()
      started.push(service)
      await service.start(cloud)
      log(`${service.name.padEnd(14)} ${(performance.now() - begin).toFixed(0).padStart(5)} ms`)
    }
    // At once: what one of them sends waits for room that only another makes.
    await Promise.all(boot.map((service) => service.resume?.()))
  } catch (error) {
    await stop()
    const { code, port: taken } = error as NodeJS.ErrnoException & { port?: number }
    if (code === 'EADDRINUSE') throw new Error(`port ${taken} is taken: choose another --port`, { cause: error })
    throw error
  }
  return { url: `http://127.0.0.1:${port}`, port, outputs: assembly.outputs, stop }
}

/** A function that is still running may hold up the queue that feeds it; it ends with the workers. */
async function stopService(service: Service, log: (line: string) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log(`${service.name} is still busy after ${STOP_MS} ms; going on without it`)
      resolve()
    }, STOP_MS)
  })
  await Promise.race([service.stop(), patience])
  clearTimeout(timer)
}

function empty(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder)) if (entry !== 'lock') rmSync(join(folder, entry), { recursive: true })
}

function assertKnown(resources: readonly Resource[]): void {
  const known = new Set(boot.flatMap((service) => service.types))
  const unknown = resources.filter(({ type }) => !known.has(type) && !INERT.has(type))
  if (unknown.length > 0)
    throw new Error(
      `the local cloud does not implement: ${unknown.map((each) => `${each.type} (${each.stack}/${each.logicalId})`).join(', ')}`,
    )
}

interface Settings extends Pick<Cloud, 'data' | 'port' | 'seed' | 'journal'> {
  readonly log: (line: string) => void
}

/** What the services see of each other. */
function createCloud(assembly: Assembly, { log, ...settings }: Settings): Cloud {
  const { resources, region, account } = assembly
  const wires = new Map<string, WireService>()
  const pages = new Map<string, LocalPage>()
  const signers = new Map<string, Principal>([['local', developer(account)]])
  const byType = Map.groupBy(resources, (resource) => resource.type)
  const byName = new Map(
    resources.flatMap((each) => [each.ref, each.attributes.Arn].map((name) => [name, each] as const)),
  )
  return {
    ...settings,
    region,
    account,
    resources,
    pages,
    ofType: (type) => byType.get(type) ?? [],
    find: (arnOrRef) => {
      const found = byName.get(arnOrRef)
      if (!found) throw new Error(`the synthesized app has no resource ${arnOrRef}`)
      return found
    },
    asset: assembly.asset,
    log: (service, message) => log(`${service}: ${message}`),
    invoke: invokeFunction,
    invokeLater: invokeFunctionLater,
    startExecution,
    putEvents,
    dynamodb: callDynamodb,
    send: sendMessage,
    putObject,
    wire: (signingName, service) => void wires.set(signingName, service),
    wired: (signingName) => wires.get(signingName),
    accessKey: (principal) => {
      const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`
      signers.set(accessKeyId, principal)
      return { accessKeyId, secretAccessKey: randomBytes(20).toString('hex'), sessionToken: 'local' }
    },
    signer: (accessKeyId) => signers.get(accessKeyId),
    assumed: (roleArn, session) => ({
      name: session,
      arn: `arn:aws:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${session}`,
      statements: statementsOf(roleArn, resources),
    }),
    random: (service) => randomOf(`${settings.seed}/${service}`),
    page: (path, page) => void pages.set(path, page),
  }
}

/** Whoever sits at this machine may look into everything: access key `local`, any secret. */
function developer(account: string): Principal {
  const statements = [{ Effect: 'Allow', Action: '*', Resource: '*' }]
  return { name: 'developer', arn: `arn:aws:iam::${account}:user/developer`, statements }
}
