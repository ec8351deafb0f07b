import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes by rename, whole or not at all: another synthesis may be reading it. */
export function replace(out: string, path: string, contents: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${out}/${process.pid}.new`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}
