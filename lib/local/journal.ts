import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { tally } from './tally.ts'

/** State that one service keeps in the journal. */
export interface Chapter<R> {
  /** Replays one record into memory; applying a record twice has to change nothing. */
  apply(record: R): void
  /** Records that rebuild the present state, to which the journal is shortened now and then. */
  snapshot(): Iterable<R>
}

/** Appends records of one service; resolves when the record would survive a `kill -9` or a power cut. */
export type Append<R> = (record: R) => Promise<void>

const COMPACT_ABOVE_BYTES = 32 * 1024 * 1024

/**
 * The one durable store of all emulated services: an append-only file of JSON lines. Appends of the same moment share
 * one `fdatasync`. After a start every service replays its own chapter.
 */
export class Journal {
  private readonly path: string
  private readonly chapters = new Map<string, Chapter<unknown>>()
  private readonly unread = new Map<string, unknown[]>()
  private file: number
  private size = 0
  private compactAbove = COMPACT_ABOVE_BYTES
  private waiting: { line: string; resolve: () => void; reject: (error: Error) => void }[] = []
  private writing: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
    const complete = existsSync(path) ? this.read() : 0
    this.file = openSync(path, 'a')
    // A crash may leave half a line, which nobody was told about.
    ftruncateSync(this.file, complete)
    this.size = complete
  }

  /** Hands a service its records of earlier runs, then takes its new ones. */
  open<R>(name: string, chapter: Chapter<R>): Append<R> {
    for (const record of this.unread.get(name) ?? []) chapter.apply(record as R)
    this.unread.delete(name)
    this.chapters.set(name, chapter as Chapter<unknown>)
    return (record) =>
      new Promise((resolve, reject) => {
        this.waiting.push({ line: `${JSON.stringify([name, record])}\n`, resolve, reject })
        this.writing ??= this.write()
      })
  }

  /** Waits for pending appends, then closes the file. */
  async close(): Promise<void> {
    await this.writing
    this.compact()
    closeSync(this.file)
  }

  private read(): number {
    const text = readFileSync(this.path)
    const complete = text.lastIndexOf(10) + 1
    for (const line of text.toString('utf8', 0, complete).split('\n')) {
      if (line === '') continue
      const [name, record] = JSON.parse(line)
      const records = this.unread.get(name)
      if (records) records.push(record)
      else this.unread.set(name, [record])
    }
    return complete
  }

  private async write(): Promise<void> {
    // Lets every append of this turn of the event loop join the batch.
    await new Promise(setImmediate)
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        if (this.size > this.compactAbove) this.compact()
        const written = writeSync(this.file, batch.map((each) => each.line).join(''))
        await sync(this.file)
        tally('journal fsync')
        tally('journal record', batch.length)
        this.size += written
        for (const each of batch) each.resolve()
      } catch (error) {
        // A full disk may have taken half a line; what nobody was told about goes again.
        ftruncateSync(this.file, this.size)
        for (const each of batch) each.reject(error as Error)
      }
    }
    this.writing = undefined
  }

  /** Replaces the file by one that holds only the present state. */
  private compact(): void {
    const lines: string[] = []
    for (const [name, chapter] of this.chapters)
      for (const record of chapter.snapshot()) lines.push(JSON.stringify([name, record]))
    // Chapters that no service opened in this run stay as they are.
    for (const [name, records] of this.unread) for (const record of records) lines.push(JSON.stringify([name, record]))
    const shorter = `${this.path}.new`
    const file = openSync(shorter, 'w')
    this.size = writeSync(file, lines.map((line) => `${line}\n`).join(''))
    fsyncSync(file)
    renameSync(shorter, this.path)
    closeSync(this.file)
    this.file = file
    this.compactAbove = Math.max(COMPACT_ABOVE_BYTES, this.size * 2)
  }
}

function sync(file: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve())))
}
