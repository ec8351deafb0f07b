import { randomUUID } from 'node:crypto'
import { DueList } from './due-list.ts'
import type { Append, Chapter } from './journal.ts'

/** A message while it is in a queue. */
export interface Message {
  readonly id: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly sentAt: number
  /** When it can be received for the first time; a crash makes a message that was being worked on visible again. */
  readonly notBefore: number
  /** How often it was received in this run. */
  receives: number
  firstReceivedAt?: number
  /** When it can be received (again). */
  visibleAt: number
  /** Shall be delivered once more after its removal, as a real queue does now and then. */
  duplicate: boolean
}

type StoredMessage = Pick<Message, 'id' | 'body' | 'attributes' | 'sentAt' | 'notBefore'>

/** What the journal keeps: a message was put, or some are done. */
export type QueueRecord =
  | { readonly queue: string; readonly put: StoredMessage }
  | { readonly queue: string; readonly done: string | readonly string[] }

export interface QueueOptions {
  readonly retentionMs: number
  /** Gets messages that were received `maxReceives` times without being removed. */
  readonly deadLetter?: { readonly maxReceives: number; redrive(message: Message): Promise<void> }
}

const DUPLICATED = 0.03
const REORDERED = 0.05
const REORDER_UP_TO_MS = 200

/** A queue that survives a crash, delivers at least once, and by chance twice or out of order, as the cloud may. */
export class DurableQueue {
  readonly name: string
  private readonly options: QueueOptions
  private readonly append: Append<QueueRecord>
  private readonly random: () => number
  private readonly messages = new Map<string, Message>()
  private ready: Message[] = []
  private readonly invisible = new DueList()
  /** Messages that were removed in this moment. */
  private done: string[] = []
  private readonly waiting = new Set<{ readonly count: number; done(): void }>()
  /** Senders that wait until fewer messages are ready, first come first. */
  private readonly blocked: { readonly most: number; go(): void }[] = []
  private timer: NodeJS.Timeout | undefined
  private wakesAt = 0

  constructor(name: string, options: QueueOptions, append: Append<QueueRecord>, random: () => number) {
    this.name = name
    this.options = options
    this.append = append
    this.random = random
  }

  /** Resolves when the message is durable. */
  put(body: string, attributes: Readonly<Record<string, string>> = {}, delayMs = 0): Promise<string> {
    const sentAt = Date.now()
    const message = { id: randomUUID(), body, attributes, sentAt, notBefore: sentAt + delayMs }
    const durable = this.append({ queue: this.name, put: message })
    this.restore(message)
    return durable.then(() => message.id)
  }

  /** Resolves when fewer than `most` messages wait to be received: a sender that is faster than the receivers is slowed. */
  async room(most: number): Promise<void> {
    if (this.blocked.length > 0 || this.ready.length >= most)
      await new Promise<void>((go) => this.blocked.push({ most, go }))
  }

  /** Takes up to `max` messages of up to `mostBytes` together, which stay invisible to others for a while. */
  receive(max: number, visibilityMs: number, mostBytes = Number.POSITIVE_INFINITY): Message[] {
    const now = Date.now()
    const received: Message[] = []
    for (let bytes = 0; received.length < max && this.ready.length > 0; ) {
      bytes += sizeOf(this.ready[0]!)
      if (bytes > mostBytes && received.length > 0) break
      const message = this.ready.shift()!
      if (this.messages.get(message.id) !== message) continue
      if (message.sentAt + this.options.retentionMs < now) this.forget(message)
      else if (message.receives >= (this.options.deadLetter?.maxReceives ?? Number.POSITIVE_INFINITY))
        this.redrive(message)
      else {
        message.receives++
        message.firstReceivedAt ??= now
        this.hide(message, now + visibilityMs)
        received.push(message)
      }
    }
    this.unblock()
    return received
  }

  /** Waits until so many messages can be received, or the time is over, or the signal aborts. */
  arrival(timeoutMs: number, signal?: AbortSignal, count = 1): Promise<void> {
    if (this.ready.length >= count || signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(one)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const one = { count, done }
      const timer = setTimeout(done, Math.min(timeoutMs, 2 ** 31 - 1))
      this.waiting.add(one)
      signal?.addEventListener('abort', done)
    })
  }

  /** Removes a message for good; an unknown one is already gone. */
  remove(id: string): void {
    const message = this.messages.get(id)
    if (!message) return
    if (message.duplicate) {
      message.duplicate = false
      this.hide(message, Date.now() + Math.floor(this.random() * REORDER_UP_TO_MS))
    } else this.forget(message)
  }

  /** Makes a received message visible after `delayMs`. */
  release(id: string, delayMs: number): void {
    const message = this.messages.get(id)
    if (message) this.hide(message, Date.now() + delayMs)
  }

  depth(): { visible: number; invisible: number } {
    return { visible: this.ready.length, invisible: this.messages.size - this.ready.length }
  }

  /** Puts a message into memory only, as replayed from the journal. */
  restore(stored: StoredMessage): void {
    const late = this.random() < REORDERED ? Math.floor(this.random() * REORDER_UP_TO_MS) : 0
    const visibleAt = stored.notBefore + late
    const message = { ...stored, receives: 0, visibleAt, duplicate: this.random() < DUPLICATED }
    this.messages.set(message.id, message)
    this.hide(message, visibleAt)
  }

  /** Forgets a message in memory only, as replayed from the journal. */
  drop(id: string): void {
    this.messages.delete(id)
  }

  *snapshot(): Iterable<QueueRecord> {
    for (const { id, body, attributes, sentAt, notBefore } of this.messages.values())
      yield { queue: this.name, put: { id, body, attributes, sentAt, notBefore } }
  }

  close(): void {
    clearTimeout(this.timer)
    for (const { done } of this.waiting) done()
    for (const { go } of this.blocked.splice(0)) go()
  }

  /** As many senders as there is room for. */
  private unblock(): void {
    for (let sent = 0; this.blocked.length > 0 && this.ready.length + sent < this.blocked[0]!.most; sent++)
      this.blocked.shift()!.go()
  }

  private forget(message: Message): void {
    this.messages.delete(message.id)
    // A batch is removed at once, and is one record.
    if (this.done.push(message.id) === 1) queueMicrotask(() => this.tellDone())
  }

  private tellDone(): void {
    const { done } = this
    this.done = []
    // Nobody waits for this: a removal that is lost in a crash only means one delivery more.
    this.append({ queue: this.name, done }).catch((error: Error) => console.error(error))
  }

  private redrive(message: Message): void {
    this.hide(message, Date.now() + 1000)
    this.options.deadLetter!.redrive(message).then(
      () => this.forget(message),
      (error: Error) => console.error(`${this.name}: the dead-letter queue takes no message: ${error.message}`),
    )
  }

  private hide(message: Message, until: number): void {
    message.visibleAt = until
    if (until <= Date.now()) this.ready.push(message)
    else {
      this.invisible.add(until, message.id)
      this.comeBack()
    }
    this.tell()
  }

  /** Moves what has become visible to the ready ones. */
  private wake(): void {
    this.timer = undefined
    for (const { at, id } of this.invisible.due(Date.now())) {
      // Removed meanwhile, or its visibility was changed: another entry speaks for it.
      const message = this.messages.get(id)
      if (message?.visibleAt === at) this.ready.push(message)
    }
    this.comeBack()
    this.tell()
  }

  /** Makes sure that somebody looks when the next message becomes visible. */
  private comeBack(): void {
    const { next } = this.invisible
    if (next === undefined || (this.timer && this.wakesAt <= next)) return
    clearTimeout(this.timer)
    this.wakesAt = next
    this.timer = setTimeout(() => this.wake(), Math.min(next - Date.now(), 2 ** 31 - 1)).unref()
  }

  private tell(): void {
    for (const { count, done } of this.waiting) if (this.ready.length >= count) done()
  }
}

/** About what a message takes in an event: characters beyond ASCII and quotes take more, and there is room for them. */
const sizeOf = ({ body }: Message) => 1.2 * body.length + 1000

/** The journal's view of a set of queues; queues that are not in the set (any more) are forgotten. */
export function queueChapter(queues: ReadonlyMap<string, DurableQueue>): Chapter<QueueRecord> {
  return {
    apply(record) {
      const queue = queues.get(record.queue)
      if ('put' in record) queue?.restore(record.put)
      else for (const id of [record.done].flat()) queue?.drop(id)
    },
    *snapshot() {
      for (const queue of queues.values()) yield* queue.snapshot()
    },
  }
}
