import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = process.env.LOTLINE_VECTORS ?? '../shared/vectors'

/** Reads a file of recorded cases (LOTLINE_VECTORS or ../shared/vectors); says so and gives undefined when it is absent. */
export function vectors<File>(name: string): File | undefined {
  const path = join(FOLDER, name)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  console.log(`skipped: ${path} is not there (set LOTLINE_VECTORS to the folder of recorded cases)`)
  return undefined
}
