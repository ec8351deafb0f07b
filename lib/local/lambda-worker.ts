// Runs in a worker thread: hosts the bundles of several functions, one invocation at a time.
import { existsSync, readFileSync } from 'node:fs'
import Module, { enableCompileCache, flushCompileCache, registerHooks, syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import type { Principal } from './cloud.ts'
import { type LaneData, nothingLeft, openLane } from './lambda-lane.ts'
import { type Counts, takeTally } from './tally.ts'

/** What a worker has to know of a function. */
export interface HostedFunction {
  readonly name: string
  readonly arn: string
  /** Folder of the code asset. */
  readonly folder: string
  /** Folders of its layers, which the cloud lays over each other at `/opt`. */
  readonly layers: readonly string[]
  /** `file.export`, relative to the folder. */
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
  /** In whose name it calls the SDK endpoint. */
  readonly principal: Principal
}

/** What a worker has to know of its surroundings. */
export interface HostData {
  readonly compileCache: string
  /** Without it every SDK call goes to where the environment says. */
  readonly lane?: LaneData
}

/** From the pool to the worker. */
export interface Invocation {
  readonly name: string
  /** The function, as long as this worker may not know it. */
  readonly hosted?: HostedFunction
  readonly requestId: string
  /** JSON text. */
  readonly event: string
}

/** From the worker to the pool; `begun`, after a cold start alone, starts the clock of the timeout anew. */
export type Report =
  | { readonly kind: 'begun' }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'counted'; readonly counts: Counts }
  | { readonly kind: 'result'; readonly result: string; readonly heapBytes: number }
  | { readonly kind: 'error'; readonly error: ErrorPayload; readonly heapBytes: number }

/** Lambda's error document. */
export interface ErrorPayload {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

type Handler = (event: unknown, context: object) => unknown

const { compileCache, lane } = workerData as HostData
const port = parentPort!
const functions = new Map<string, HostedFunction>()
const signers = new Map<string, Principal>()
const handlers = new Map<string, Handler>()

// Every function sees its own variables in the one `process.env` object; the identity of the object never changes,
// because bundles keep references to it.
const environment: Record<string, string> = {}
process.env = environment
syncBuiltinESMExports()
enableCompileCache(compileCache)
shareLibraries()
openLayers()
captureOutput()
tellCounts()
if (lane) openLane(lane, (accessKeyId) => signers.get(accessKeyId))

port.on('message', (invocation: Invocation) => void run(invocation))

async function run({ name, requestId, event, ...invocation }: Invocation): Promise<void> {
  const hosted = invocation.hosted ? know(invocation.hosted) : functions.get(name)!
  // In the cloud a function shares its process with no other: what one left unfinished must not speak in another's name.
  await nothingLeft()
  wear(hosted.environment)
  try {
    const handler = handlers.get(name) ?? (await begin(hosted))
    const result = await handler(JSON.parse(event), context(hosted, requestId))
    finish({ kind: 'result', result: JSON.stringify(result) ?? 'null', heapBytes: getHeapStatistics().used_heap_size })
  } catch (error) {
    finish({ kind: 'error', error: describe(error), heapBytes: getHeapStatistics().used_heap_size })
  }
}

async function begin(hosted: HostedFunction): Promise<Handler> {
  const handler = await load(hosted)
  handlers.set(hosted.name, handler)
  // So that the next worker that needs this bundle loads it in half the time.
  setTimeout(flushCompileCache, 1000).unref()
  report({ kind: 'begun' })
  return handler
}

function know(hosted: HostedFunction): HostedFunction {
  functions.set(hosted.name, hosted)
  signers.set(hosted.environment.AWS_ACCESS_KEY_ID!, hosted.principal)
  return hosted
}

function wear(variables: Readonly<Record<string, string>>): void {
  for (const key in environment) if (!(key in variables)) delete environment[key]
  Object.assign(environment, variables)
}

function context(hosted: HostedFunction, requestId: string): object {
  const deadline = Date.now() + hosted.timeoutMs
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: hosted.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: hosted.arn,
    memoryLimitInMB: String(hosted.memoryMb),
    logGroupName: hosted.environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: hosted.environment.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  }
}

async function load({ folder, handler }: HostedFunction): Promise<Handler> {
  const [, stem, name] = /^(.+)\.([^.]+)$/.exec(handler) ?? []
  const file = ['.mjs', '.cjs', '.js'].map((extension) => join(folder, stem + extension)).find(existsSync)
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${stem}' in ${folder}`)
  const exported = file.endsWith('.js') ? commonJs(file) : await import(pathToFileURL(file).href)
  const found = exported[name!] ?? exported.default?.[name!]
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  return found
}

// In Lambda a `.js` file without a package.json beside it is CommonJS. Node would look for one further up, where this
// repository's says the opposite.
function commonJs(file: string): Record<string, Handler> & { default?: Record<string, Handler> } {
  const module = new Module(file)
  Object.assign(module, { filename: file, paths: [join(dirname(file), 'node_modules')] })
  const compile = module as unknown as { _compile(source: string, file: string): void }
  compile._compile(readFileSync(file, 'utf8'), file)
  return module.exports
}

/**
 * Files in a `library` folder of an asset are named by their content and keep nothing of a function: this thread loads
 * each only once, for whichever function comes first, and compiled code is what makes all of them fast.
 */
function shareLibraries(): void {
  const first = new Map<string, string>()
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      const name = /\/library\/([\w.-]+)$/.exec(found.url)?.[1]
      if (!name) return found
      const url = first.get(name) ?? found.url
      first.set(name, url)
      return { ...found, url }
    },
  })
}

/** What a function imports from `/opt` is in the last of its layers that has it. */
function openLayers(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('/opt/')) return next(specifier, context)
      const isOf = ({ folder }: HostedFunction) => context.parentURL?.startsWith(`${pathToFileURL(folder).href}/`)
      const hosted = [...functions.values()].find(isOf)
      const files = hosted?.layers.map((layer) => layer + specifier.slice('/opt'.length)) ?? []
      const file = files.findLast(existsSync)
      return next(file ? pathToFileURL(file).href : specifier, context)
    },
  })
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function describe(error: unknown): ErrorPayload {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

function report(message: Report): void {
  port.postMessage(message)
}

/** What this thread did without the main thread, e.g. calls of the engine. */
function tellCounts(): void {
  setInterval(() => {
    const counts = takeTally()
    if (counts) report({ kind: 'counted', counts })
  }, 500).unref()
}

let output = ''

function finish(message: Report): void {
  flush()
  report(message)
}

function flush(): void {
  if (output === '') return
  report({ kind: 'log', text: output })
  output = ''
}

/** Collects what the functions print, so that each line lands in the log of the function that printed it. */
function captureOutput(): void {
  const write = (chunk: string | Uint8Array) => {
    output += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  process.stdout.write = write as typeof process.stdout.write
  process.stderr.write = write as typeof process.stderr.write
  setInterval(flush, 100).unref()
}
