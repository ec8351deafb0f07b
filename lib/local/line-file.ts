import { closeSync, existsSync, fdatasync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { tally } from './tally.ts'

const sync = promisify(fdatasync)

/**
 * An append-only file of lines. Appends of the same moment share one `fdatasync`, and resolve when their lines would
 * survive a `kill -9` or a power cut.
 */
export class LineFile {
  private readonly file: number
  private size: number
  private waiting: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  private writing: Promise<void> | undefined

  constructor(path: string) {
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

  /** Waits for pending appends, then closes the file. */
  async close(): Promise<void> {
    await this.writing
    closeSync(this.file)
  }

  private async write(): Promise<void> {
    // Lets every append of this turn of the event loop join.
    await new Promise(setImmediate)
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        const text = Buffer.from(batch.map((each) => each.text).join(''))
        for (let written = 0; written < text.length; ) written += writeSync(this.file, text, written)
        await sync(this.file)
        tally('line file fsync')
        this.size += text.length
        for (const each of batch) each.resolve()
      } catch (error) {
        // A full disk may have taken half a line; what nobody was told about goes again.
        ftruncateSync(this.file, this.size)
        for (const each of batch) each.reject(error)
      }
    }
    this.writing = undefined
  }
}
