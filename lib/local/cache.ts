import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folder of what can be made again at any time; it goes with the packages of which it is made. */
export const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/lotline')

const placeOf = (kind: string, digest: string) => join(cacheFolder, kind, digest)

/** Whether an earlier start remembered this digest. */
export const isRemembered = (kind: string, digest: string): boolean => existsSync(placeOf(kind, digest))

/** Remembers a digest for later starts, where packages may be written beside. */
export function remember(kind: string, digest: string): void {
  try {
    mkdirSync(join(cacheFolder, kind), { recursive: true })
    writeFileSync(placeOf(kind, digest), '')
  } catch {
    // Then the next start does the work again.
  }
}
