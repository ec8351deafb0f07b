import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ErrorPayload, HostData, HostedFunction, Invocation, Report } from './lambda-worker.ts'
import { tally } from './tally.ts'

/** What a function threw, or what the runtime says when it could not end: Lambda's error document as an error. */
export class FunctionError extends Error {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]

  constructor(payload: ErrorPayload) {
    super(payload.errorMessage)
    this.name = payload.errorType
    this.errorType = payload.errorType
    this.errorMessage = payload.errorMessage
    this.trace = payload.trace
  }
}

interface Job {
  readonly invocation: Invocation
  readonly background: boolean
  readonly queuedAt: number
  resolve(result: string): void
  reject(error: FunctionError): void
}

interface Host {
  readonly worker: Worker
  /** Functions whose bundle this worker has loaded. */
  readonly warm: Set<string>
  job: Job | undefined
  timer: NodeJS.Timeout | undefined
  busySince: number
  idleSince: number
}

/**
 * Two more than processors, as most wait for the engine, which writes one transaction at a time. A bundle takes about half
 * a megabyte in each worker that has loaded it; packages are loaded once a worker.
 */
const WORKERS = Math.min(availableParallelism() + 2, 4)
/** More workers than processors help only when invocations wait for something slow. */
const WORKERS_WHEN_STUCK = WORKERS * 2
const STUCK_MS = 500
/** A busy worker that has the bundle is usually free before another one has loaded it; longer for each further copy. */
const PATIENCE_MS = 60
const STARVING_MS = 250
const IDLE_MS = 60_000
const INIT_TIMEOUT_MS = 10_000
/** A worker that holds more than this is replaced when idle: modules cannot be unloaded. */
const HEAP_BYTES = 130 * 1024 * 1024

const isStarving = ({ queuedAt }: Job, now: number) => now - queuedAt > STARVING_MS

/** A few worker threads that run all functions: each worker hosts many bundles and runs one invocation at a time. */
export class LambdaPool {
  private readonly functions: ReadonlyMap<string, HostedFunction>
  private readonly data: HostData
  private readonly log: (name: string, text: string) => void
  private readonly hosts = new Set<Host>()
  private queue: Job[] = []
  private tick: NodeJS.Timeout | undefined
  private readonly sweep: NodeJS.Timeout
  private readonly heapLimitMb: number

  constructor(
    functions: ReadonlyMap<string, HostedFunction>,
    data: HostData,
    log: (name: string, text: string) => void,
  ) {
    this.functions = functions
    this.data = data
    this.log = log
    // Room for the bundles of all, and for the one that runs what it has in the cloud.
    this.heapLimitMb = (2 * HEAP_BYTES) / 2 ** 20 + Math.max(0, ...[...functions.values()].map((each) => each.memoryMb))
    this.sweep = setInterval(() => this.retireIdle(), IDLE_MS / 4).unref()
    for (let started = 0; started < 2; started++) this.addHost()
  }

  /** Runs a function; background work (queues, streams) leaves half of the workers to those who wait for an answer. */
  run(name: string, event: string, background = false): Promise<string> {
    tally(`invoke ${name}`)
    return new Promise((resolve, reject) => {
      const invocation = { name, requestId: randomUUID(), event }
      const job = { invocation, background, queuedAt: Date.now(), resolve, reject }
      const ready = background || this.queue.length > 0 ? undefined : this.warmHost(job)
      if (ready) return this.assign(ready, job)
      // Whoever waits goes before background work.
      const position = background ? -1 : this.queue.findIndex((each) => each.background)
      if (position < 0) this.queue.push(job)
      else this.queue.splice(position, 0, job)
      this.dispatch()
    })
  }

  async stop(): Promise<void> {
    clearInterval(this.sweep)
    clearTimeout(this.tick)
    await Promise.all([...this.hosts].map((host) => host.worker.terminate()))
  }

  private dispatch(): void {
    const now = Date.now()
    // Whoever has waited long goes before all others, else a few busy functions keep the workers to themselves.
    this.match((job) => (isStarving(job, now) ? (this.warmHost(job) ?? this.coldHost(job, now)) : undefined), now)
    // A worker that has the bundle first: compiled code is what makes a function fast, and each copy starts cold.
    this.match((job) => this.warmHost(job), now)
    this.match((job) => this.coldHost(job, now), now)
    clearTimeout(this.tick)
    if (this.queue.length > 0) this.tick = setTimeout(() => this.dispatch(), PATIENCE_MS / 2)
  }

  /** Assigns what a host is found for; the rest stays in the queue. */
  private match(hostFor: (job: Job) => Host | undefined, now: number): void {
    let background = [...this.hosts].filter((host) => host.job?.background).length
    const left: Job[] = []
    for (const job of background === 0 ? this.starvingFirst(now) : this.queue) {
      const host = job.background && background >= WORKERS / 2 ? undefined : hostFor(job)
      if (!host) {
        left.push(job)
        continue
      }
      if (job.background) background++
      this.assign(host, job)
    }
    this.queue = left
  }

  /** Lets background work through that has waited long, so that a busy API does not hold it up for ever. */
  private starvingFirst(now: number): Job[] {
    const starving = this.queue.find((job) => job.background && isStarving(job, now))
    return starving ? [starving, ...this.queue.filter((job) => job !== starving)] : this.queue
  }

  private warmHost({ invocation }: Job): Host | undefined {
    for (const host of this.hosts) if (!host.job && host.warm.has(invocation.name)) return host
    return undefined
  }

  /** A host that has to load the bundle first, for a job that nobody can take soon. */
  private coldHost({ invocation: { name }, queuedAt }: Job, now: number): Host | undefined {
    let coolest: Host | undefined
    let copies = 0
    for (const host of this.hosts) {
      if (host.warm.has(name) || host.job?.invocation.name === name) copies++
      else if (!host.job && (!coolest || host.warm.size < coolest.warm.size)) coolest = host
    }
    if (now - queuedAt < copies * PATIENCE_MS) return undefined
    if (coolest) return coolest
    const stuck = [...this.hosts].every((host) => host.job && now - host.busySince > STUCK_MS)
    const limit = stuck ? WORKERS_WHEN_STUCK : WORKERS
    return this.hosts.size < limit ? this.addHost() : undefined
  }

  private assign(host: Host, job: Job): void {
    const { name } = job.invocation
    host.job = job
    host.busySince = Date.now()
    const isWarm = host.warm.has(name)
    this.limit(host, isWarm ? this.functions.get(name)!.timeoutMs : INIT_TIMEOUT_MS)
    host.worker.postMessage(isWarm ? job.invocation : { ...job.invocation, hosted: this.functions.get(name)! })
  }

  private addHost(): Host {
    const worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      workerData: this.data,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: this.heapLimitMb, maxYoungGenerationSizeMb: 32 },
    })
    const host: Host = {
      worker,
      warm: new Set(),
      job: undefined,
      timer: undefined,
      busySince: Date.now(),
      idleSince: Date.now(),
    }
    worker.on('message', (report: Report) => this.onReport(host, report))
    worker.on('error', (error) =>
      this.lose(host, { errorType: `Runtime.${error.name}`, errorMessage: String(error), trace: [] }),
    )
    worker.on('exit', () =>
      this.lose(host, { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited', trace: [] }),
    )
    worker.unref()
    this.hosts.add(host)
    return host
  }

  private onReport(host: Host, report: Report): void {
    if (report.kind === 'counted') for (const what in report.counts) tally(what, report.counts[what])
    const job = host.job
    if (!job || report.kind === 'counted') return
    const { name } = job.invocation
    if (report.kind === 'log') this.log(name, report.text)
    else if (report.kind === 'begun') {
      host.warm.add(name)
      this.limit(host, this.functions.get(name)!.timeoutMs)
    } else this.complete(host, job, report)
  }

  private complete(host: Host, job: Job, report: Extract<Report, { heapBytes: number }>): void {
    clearTimeout(host.timer)
    host.job = undefined
    host.idleSince = Date.now()
    if (report.heapBytes > HEAP_BYTES) this.retire(host)
    if (report.kind === 'result') job.resolve(report.result)
    else job.reject(new FunctionError(report.error))
    if (this.queue.length > 0) this.dispatch()
  }

  /** A function that takes too long loses its worker, as nothing else ends a busy thread. */
  private limit(host: Host, milliseconds: number): void {
    clearTimeout(host.timer)
    const { requestId } = host.job!.invocation
    host.timer = setTimeout(() => {
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(milliseconds / 1000).toFixed(2)} seconds`
      this.lose(host, { errorType: 'Sandbox.Timedout', errorMessage, trace: [] })
      void host.worker.terminate()
    }, milliseconds)
  }

  private lose(host: Host, error: ErrorPayload): void {
    clearTimeout(host.timer)
    this.hosts.delete(host)
    const job = host.job
    host.job = undefined
    if (!job) return
    this.log(job.invocation.name, `${error.errorType}: ${error.errorMessage}\n`)
    job.reject(new FunctionError(error))
    this.dispatch()
  }

  private retire(host: Host): void {
    this.hosts.delete(host)
    void host.worker.terminate()
  }

  private retireIdle(): void {
    for (const host of this.hosts)
      if (!host.job && this.hosts.size > 2 && Date.now() - host.idleSince > IDLE_MS) this.retire(host)
  }
}
