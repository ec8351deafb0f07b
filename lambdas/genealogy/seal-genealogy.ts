import * as z from 'zod'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Turn the genealogy that was recorded lately into segments, so that a trace stays quick.',
  on: { everyMinutes: 5 },
  input: z.object({}),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['sealer'],
  perform: (_, __, { sealer }) => sealer.seal(),
  decide: () => [],
  examples: [{ name: 'the clock strikes', given: {}, when: {}, performed: { sealed: true }, then: [] }],
})
