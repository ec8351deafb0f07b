import {
  closeSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const sync = promisify(fdatasync)

/** Lines that wait to become a file of the lake. */
export interface ClosedBuffer {
  readonly path: string
  /** When its first line came, milliseconds since 1970; also its name, so that a second try makes the same file. */
  readonly since: number
}

/**
 * What a delivery stream took and did not deliver yet: one append-only file at a time. Appends of the same moment share
 * one `fdatasync`, and resolve when their lines would survive a `kill -9` or a power cut.
 */
export class DeliveryBuffer {
  private readonly folder: string
  private file: number | undefined
  private since = 0
  private size = 0
  private waiting: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  private writing: Promise<void> | undefined

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder)) if (name.endsWith('.open')) this.recover(join(folder, name))
  }

  get bytes(): number {
    return this.size
  }

  append(lines: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ text: lines.map((line) => `${line}\n`).join(''), resolve, reject })
      this.writing ??= this.write()
    })
  }

  /** Closes the present file; what comes from now on goes into the next. */
  async close(): Promise<void> {
    await this.writing
    if (this.file === undefined) return
    closeSync(this.file)
    renameSync(this.path('open'), this.path('closed'))
    this.file = undefined
  }

  /** Files that wait to be delivered, oldest first. */
  closed(): ClosedBuffer[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.closed'))
      .map((name) => ({ path: join(this.folder, name), since: Number.parseInt(name, 10) }))
      .sort((a, b) => a.since - b.since)
  }

  private path(state: 'open' | 'closed'): string {
    return join(this.folder, `${this.since}.${state}`)
  }

  /** A crash may leave half a line, which nobody was told about. */
  private recover(path: string): void {
    truncateSync(path, readFileSync(path).lastIndexOf(10) + 1)
    renameSync(path, path.replace(/open$/, 'closed'))
  }

  private async write(): Promise<void> {
    // Lets every append of this turn of the event loop join.
    await new Promise(setImmediate)
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        this.file ??= this.open()
        const text = Buffer.from(batch.map((each) => each.text).join(''))
        for (let written = 0; written < text.length; ) written += writeSync(this.file, text, written)
        await sync(this.file)
        this.size += text.length
        for (const each of batch) each.resolve()
      } catch (error) {
        // A full disk may have taken half a line; what nobody was told about goes again.
        if (this.file !== undefined) ftruncateSync(this.file, this.size)
        for (const each of batch) each.reject(error)
      }
    }
    this.writing = undefined
  }

  private open(): number {
    this.since = Math.max(Date.now(), this.since + 1)
    this.size = 0
    return openSync(this.path('open'), 'a')
  }
}
