import type { Cloud } from './cloud.ts'
import { DurableQueue, type Message, type QueueRecord, queueChapter } from './durable-queue.ts'
import { FunctionError } from './lambda-pool.ts'
import { deliver } from './targets.ts'
import { WireError } from './wire-error.ts'

/** What happens to asynchronous invocations that fail or succeed. */
export interface AsyncSettings {
  readonly retries: number
  readonly maxAgeMs: number
  /** Gets the bare event (the function's `DeadLetterConfig`). */
  readonly deadLetter?: string
  readonly onFailure?: string
  readonly onSuccess?: string
}

const EVENT_LIMIT_BYTES = 1024 * 1024
const IN_FLIGHT = 16
// AWS waits one minute and then two; this cloud's time is shorter.
const RETRY_AFTER_MS = [1000, 2000]
const DAY_MS = 86_400_000

/** Lambda's own queue of asynchronous invocations: durable, retried, with a place for those that fail for good. */
export class AsyncInvocations {
  private readonly cloud: Cloud
  private readonly settings: (name: string) => AsyncSettings
  private readonly run: (name: string, event: string) => Promise<string>
  private readonly queue: DurableQueue
  private readonly stopping = new AbortController()
  private readonly inFlight = new Set<Promise<void>>()
  private loop: Promise<void> = Promise.resolve()

  constructor(
    cloud: Cloud,
    settings: (name: string) => AsyncSettings,
    run: (name: string, event: string) => Promise<string>,
  ) {
    this.cloud = cloud
    this.settings = settings
    this.run = run
    const queues = new Map<string, DurableQueue>()
    const append = (record: QueueRecord) => journal(record)
    this.queue = new DurableQueue('invocations', { retentionMs: DAY_MS }, append, cloud.random('lambda'))
    queues.set(this.queue.name, this.queue)
    const journal = cloud.journal.open('lambda', queueChapter(queues))
  }

  async accept(name: string, event: unknown): Promise<void> {
    const body = JSON.stringify(event) ?? 'null'
    if (Buffer.byteLength(body) > EVENT_LIMIT_BYTES)
      throw new WireError(
        413,
        'RequestEntityTooLargeException',
        `an asynchronous event of ${name} exceeds ${EVENT_LIMIT_BYTES} bytes`,
      )
    await this.queue.put(body, { name })
  }

  /** Begins to run what is queued; called when all services have started. */
  start(): void {
    this.loop = this.work()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.loop
    this.queue.close()
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      await this.queue.arrival(DAY_MS, signal)
      while (this.inFlight.size >= IN_FLIGHT) await Promise.race(this.inFlight)
      if (signal.aborted) return
      for (const message of this.queue.receive(IN_FLIGHT - this.inFlight.size, DAY_MS)) {
        const running = this.invoke(message).finally(() => this.inFlight.delete(running))
        this.inFlight.add(running)
      }
    }
  }

  private async invoke(message: Message): Promise<void> {
    const name = message.attributes.name!
    const settings = this.settings(name)
    try {
      const result = await this.run(name, message.body)
      if (settings.onSuccess)
        await deliver(this.cloud, settings.onSuccess, this.document(message, 'Success', JSON.parse(result)))
      this.queue.remove(message.id)
    } catch (error) {
      if (this.stopping.signal.aborted) return
      const delay = RETRY_AFTER_MS[message.receives - 1] ?? 2000
      const tooOld = Date.now() + delay > message.sentAt + settings.maxAgeMs
      if (message.receives <= settings.retries && !tooOld) return this.queue.release(message.id, delay)
      await this.giveUp(message, settings, error as Error)
    }
  }

  private async giveUp(message: Message, settings: AsyncSettings, error: Error): Promise<void> {
    const name = message.attributes.name!
    const kept = settings.deadLetter || settings.onFailure
    this.cloud.log(
      'lambda',
      `${name} failed ${message.receives} times: ${error.message}${kept ? '' : '; the event is dropped, as no failure destination is set'}`,
    )
    try {
      if (settings.deadLetter)
        await this.cloud.send(settings.deadLetter, message.body, { ErrorMessage: error.message.slice(0, 1024) })
      if (settings.onFailure) {
        const { errorType, errorMessage, trace } = error as FunctionError
        const response =
          error instanceof FunctionError ? { errorType, errorMessage, trace } : { errorMessage: String(error) }
        await deliver(this.cloud, settings.onFailure, this.document(message, 'RetriesExhausted', response))
      }
      this.queue.remove(message.id)
    } catch (failure) {
      this.cloud.log('lambda', `the failure destination of ${name} takes no event: ${(failure as Error).message}`)
      this.queue.release(message.id, 5000)
    }
  }

  private document(message: Message, condition: string, responsePayload: unknown): object {
    return {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: message.id,
        functionArn: this.cloud.find(message.attributes.name!).attributes.Arn,
        condition,
        approximateInvokeCount: message.receives,
      },
      requestPayload: JSON.parse(message.body),
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(condition !== 'Success' && { functionError: 'Unhandled' }),
      },
      responsePayload,
    }
  }
}
