import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Findings } from './drill.ts'
import type { Report } from './report.ts'

interface Entries {
  /** When the day began. */
  readonly startedAt: string
  /** What the drill found while everything was frozen. */
  readonly findings?: Findings
  /** The end of the story. */
  readonly report?: Report
}

/** What the story remembers between two starts: the little that the API cannot tell again later. */
export interface Diary {
  read(): Entries
  note(entries: Partial<Entries>): void
}

/** Folder of the story in the data folder. */
export const storyFolder = (data: string) => join(data, 'story')

/** Opens the diary in the folder of the story, and begins it on the first start. */
export function openDiary(folder: string): Diary {
  const file = join(folder, 'diary.json')
  const read = (): Entries => JSON.parse(readFileSync(file, 'utf8'))
  const write = (entries: Entries) => {
    // By rename, so that a kill leaves the old diary or the new one.
    writeFileSync(`${file}.new`, `${JSON.stringify(entries, null, 2)}\n`)
    renameSync(`${file}.new`, file)
  }
  mkdirSync(folder, { recursive: true })
  if (!existsSync(file)) write({ startedAt: new Date().toISOString() })
  return { read, note: (entries) => write({ ...read(), ...entries }) }
}
