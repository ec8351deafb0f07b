import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { cacheFolder } from './lib/local/cache.ts'

/** Bytes that memory must have room for. */
const room = 4 * 2 ** 30

/** Tests kill processes, never the machine: what they write may lie in memory, where no call waits for a disk. */
function writeIntoMemory(memory = '/dev/shm'): void {
  if (process.env.TMPDIR || !existsSync(memory)) return
  const { bavail, bsize } = statfsSync(memory)
  if (bavail * bsize < room) return
  process.env.TMPDIR = mkdtempSync(`${memory}/lotline-tests-`)
  // Some engines run as users of their own.
  chmodSync(process.env.TMPDIR, 0o711)
  process.once('exit', () => rmSync(process.env.TMPDIR!, { recursive: true, force: true, maxRetries: 5 }))
}
writeIntoMemory()

// Each file of tests, and each process that one starts, would compile the same packages again.
process.env.NODE_COMPILE_CACHE ??= cacheFolder

/** Tests against the whole product on a local cloud. */
const cloud = ['durability', 'e2e', 'fuzz', 'iot', 'parity']
/** Tests that start or kill processes, or hold what a module keeps for itself: each file gets a process of its own. */
const apart = ['adapters', 'genealogy', 'local']
const filesOf = (folders: readonly string[]) => `test/{${folders.join(',')}}/**/*.test.ts`

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // One more than the cores of a small machine: tests often wait for processes of their own.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: { name: 'cloud', include: [filesOf(cloud)], globalSetup: './test/cloud/synthesis.ts' },
      },
      { extends: true, test: { name: 'apart', include: [filesOf(apart)] } },
      {
        extends: true,
        test: {
          // Loading what a synthesis needs takes longer than most tests: it is loaded once a worker.
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [filesOf([...cloud, ...apart])],
          isolate: false,
        },
      },
    ],
  },
})
