import { mkdirSync, readdirSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { LineFile } from './line-file.ts'

/** Lines that wait to become a file of the lake. */
export interface ClosedBuffer {
  readonly path: string
  /** When its first line came, milliseconds since 1970; also its name, so that a second try makes the same file. */
  readonly since: number
}

/** What a delivery stream took and did not deliver yet: one append-only file at a time. */
export class DeliveryBuffer {
  private readonly folder: string
  private file: LineFile | undefined
  private since = 0

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder)) if (name.endsWith('.open')) this.recover(join(folder, name))
  }

  get bytes(): number {
    return this.file?.bytes ?? 0
  }

  append(lines: readonly string[]): Promise<void> {
    this.file ??= this.open()
    return this.file.append(lines)
  }

  /** Closes the present file; what comes from now on goes into the next. */
  async close(): Promise<void> {
    const { file } = this
    if (!file) return
    const [open, closed] = [this.path('open'), this.path('closed')]
    this.file = undefined
    await file.close()
    renameSync(open, closed)
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

  private open(): LineFile {
    this.since = Math.max(Date.now(), this.since + 1)
    return new LineFile(this.path('open'))
  }
}
