import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { tally } from './tally.ts'

const sync = promisify(fdatasync)

/** How a file gets shorter whose lines are worth less than what they add up to. */
export interface Shortening {
  /** Bytes from which on it is worth the work. */
  readonly above: number
  /** The lines that stand for all. */
  lines(): Iterable<string>
}

/**
 * An append-only file of lines. Appends of the same moment share one `fdatasync`, and resolve when their lines would
 * survive a `kill -9` or a power cut.
 */
export class LineFile {
  private readonly path: string
  private readonly shortening: Shortening | undefined
  private file: number
  private size: number
  private shortenAbove: number
  private waiting: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  private writing: Promise<void> | undefined

  constructor(path: string, shortening?: Shortening) {
    this.path = path
    this.shortening = shortening
    this.shortenAbove = shortening?.above ?? Number.POSITIVE_INFINITY
    this.size = existsSync(path) ? readFileSync(path).lastIndexOf(10) + 1 : 0
    this.file = openSync(path, 'a')
    // A crash may leave half a line, which nobody was told about.
    ftruncateSync(this.file, this.size)
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

  /** Waits for pending appends, then closes the file, as short as it can be. */
  async close(): Promise<void> {
    await this.writing
    this.shorten()
    closeSync(this.file)
  }

  private async write(): Promise<void> {
    // Lets every append of this turn of the event loop join.
    await new Promise(setImmediate)
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        if (this.size > this.shortenAbove) this.shorten()
        const written = writeAll(this.file, batch.map((each) => each.text).join(''))
        await sync(this.file)
        tally('line file fsync')
        this.size += written
        for (const each of batch) each.resolve()
      } catch (error) {
        // A full disk may have taken half a line; what nobody was told about goes again.
        ftruncateSync(this.file, this.size)
        for (const each of batch) each.reject(error)
      }
    }
    this.writing = undefined
  }

  /** Takes the place of the old file by a rename: a crash leaves the one or the other. */
  private shorten(): void {
    if (!this.shortening) return
    const shorter = `${this.path}.new`
    const file = openSync(shorter, 'w')
    this.size = writeAll(file, [...this.shortening.lines()].map((line) => `${line}\n`).join(''))
    fsyncSync(file)
    renameSync(shorter, this.path)
    closeSync(this.file)
    this.file = file
    this.shortenAbove = Math.max(this.shortening.above, this.size * 2)
  }
}

/** One call may write less than all of it. */
function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
  return bytes.length
}
