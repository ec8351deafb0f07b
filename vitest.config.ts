import { defineConfig } from 'vitest/config'

/** Tests that start or kill processes, or hold what a module keeps for itself: each file gets a process of its own. */
const apart = ['cloud', 'durability', 'e2e', 'fuzz', 'genealogy', 'iot', 'local', 'parity', 'adapters']

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'apart', include: [`test/{${apart.join(',')}}/**/*.test.ts`] } },
      {
        extends: true,
        test: {
          // Loading what a synthesis needs takes longer than most tests: it is loaded once a worker.
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [`test/{${apart.join(',')}}/**`],
          isolate: false,
        },
      },
    ],
  },
})
