import { defineConfig } from 'vitest/config'

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
    maxWorkers: 2,
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
