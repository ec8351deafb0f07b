import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { LineFile } from './line-file.ts'
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
 * The one durable store of all emulated services: a file of JSON lines, of which every service replays its own chapter
 * after a start, and which is shortened to the present state now and then.
 */
export class Journal {
  private readonly chapters = new Map<string, Chapter<unknown>>()
  private readonly unread = new Map<string, unknown[]>()
  private readonly file: LineFile

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    if (existsSync(path)) this.read(path)
    this.file = new LineFile(path, { above: COMPACT_ABOVE_BYTES, lines: () => this.present() })
  }

  /** Hands a service its records of earlier runs, then takes its new ones. */
  open<R>(name: string, chapter: Chapter<R>): Append<R> {
    for (const record of this.unread.get(name) ?? []) chapter.apply(record as R)
    this.unread.delete(name)
    this.chapters.set(name, chapter as Chapter<unknown>)
    return (record) => {
      tally('journal record')
      return this.file.append([JSON.stringify([name, record])])
    }
  }

  /** Waits for pending appends, then closes the file. */
  close(): Promise<void> {
    return this.file.close()
  }

  private read(path: string): void {
    const text = readFileSync(path)
    for (const line of text.toString('utf8', 0, text.lastIndexOf(10) + 1).split('\n')) {
      if (line === '') continue
      const [name, record] = JSON.parse(line)
      const records = this.unread.get(name)
      if (records) records.push(record)
      else this.unread.set(name, [record])
    }
  }

  /** Records that rebuild the present state. */
  private *present(): Generator<string> {
    for (const [name, chapter] of this.chapters)
      for (const record of chapter.snapshot()) yield JSON.stringify([name, record])
    // Chapters that no service opened in this run stay as they are.
    for (const [name, records] of this.unread) for (const record of records) yield JSON.stringify([name, record])
  }
}
