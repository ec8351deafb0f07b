import * as z from 'zod'
import { command, conflict, entity, refuse } from '#kit'

/** A small entity that shows each thing that the kit does. */
export const Bolt = entity('bolt', {
  area: 'test',
  prefix: 'blt',
  state: z.object({ code: z.string(), turns: z.number(), siteId: z.string().optional() }),
  example: { code: 'B-1', turns: 0 },
  unique: { code: ({ code }) => code },
})

export const BoltMade = Bolt.born(
  'BoltMade',
  z.object({ boltId: Bolt.id, code: z.string(), from: z.string().optional() }),
  ({ code }) => ({ code, turns: 0 }),
  { edges: ({ boltId, from }) => (from ? [{ kind: 'produce', from, to: boltId }] : []) },
)
export const BoltTurned = Bolt.fact('BoltTurned', z.object({ boltId: Bolt.id, turns: z.number() }), (bolt, data) => ({
  ...bolt,
  turns: bolt.turns + data.turns,
}))
export const BoltRenamed = Bolt.fact('BoltRenamed', z.object({ boltId: Bolt.id, code: z.string() }), (bolt, data) => ({
  ...bolt,
  code: data.code,
}))
export const BoltSeen = Bolt.fact('BoltSeen', z.object({ boltId: Bolt.id }), (bolt) => bolt, { kept: false })
export const BoltsMoved = Bolt.fact(
  'BoltsMoved',
  z.object({
    boltId: Bolt.id,
    moves: z.array(z.object({ from: z.string().optional(), to: z.string(), quantity: z.number() })),
  }),
  (bolt) => bolt,
  { stock: ({ boltId, moves }) => moves.map((move) => ({ lotId: boltId, itemId: 'itm_1', ...move })) },
)

export const turnBolt = command({
  summary: 'Turn a bolt that is not tight yet.',
  route: 'POST /bolts/{boltId}/turns',
  roles: ['quality'],
  input: z.strictObject({ boltId: Bolt.id, turns: z.number() }),
  reads: { bolt: Bolt.at('boltId').unfrozen() },
  emits: [BoltTurned],
  refuses: { 'bolt-tight': conflict('Bolt {code} is tight.', '螺栓 {code} 已拧紧。') },
  decide: ({ bolt }, input) => (bolt.turns >= 9 ? refuse('bolt-tight', { code: bolt.code }) : BoltTurned(input)),
  examples: [],
})

export const makeBolts = command({
  summary: 'Make bolts from what may be frozen.',
  route: 'POST /bolts',
  roles: ['quality'],
  input: z.strictObject({ codes: z.array(z.string()), from: z.string().optional() }),
  reads: {},
  emits: [BoltMade],
  refuses: {},
  decide: (_, { codes, from }, { newId }) => codes.map((code) => BoltMade({ boltId: newId(Bolt), code, from })),
  examples: [],
})

export const findBolts = command({
  summary: 'Turn the bolts with these codes, and make those that are not there.',
  route: 'PUT /bolts',
  roles: ['quality'],
  input: z.strictObject({ codes: z.array(z.string().optional()) }),
  reads: {
    bolts: Bolt.by('code', ({ codes }: { codes: (string | undefined)[] }) =>
      codes.map((code) => (code === undefined ? undefined : { code })),
    ).orAbsent(),
  },
  emits: [BoltMade, BoltTurned],
  refuses: {},
  decide: ({ bolts }, { codes }, { newId }) =>
    bolts.flatMap((bolt, index) => {
      const code = codes[index]
      if (code === undefined) return []
      return [bolt ? BoltTurned({ boltId: bolt.id, turns: 1 }) : BoltMade({ boltId: newId(Bolt), code })]
    }),
  examples: [],
})

export const moveBolts = command({
  summary: 'Move bolts from one place to another.',
  route: 'POST /bolts/{boltId}/moves',
  roles: ['quality'],
  input: z.strictObject({ boltId: Bolt.id, from: z.string(), quantity: z.number() }),
  reads: { bolt: Bolt.at('boltId') },
  emits: [BoltsMoved],
  refuses: {},
  decide: (_, { boltId, from, quantity }) => BoltsMoved({ boltId, moves: [{ from, to: 'loc_2', quantity }] }),
  examples: [],
})

export const sealBolt = command({
  summary: 'Turn a bolt under a signature.',
  route: 'POST /bolts/{boltId}/seals',
  roles: ['quality'],
  input: z.strictObject({ boltId: Bolt.id, turns: z.number() }),
  reads: { bolt: Bolt.at('boltId') },
  emits: [BoltTurned],
  refuses: { 'bolt-tight': conflict('Bolt {code} is tight.', '螺栓 {code} 已拧紧。') },
  signs: {
    meaning: { en: 'I turned it.', zh: '本人已拧紧。' },
    record: 'bolt',
    apartFrom: () => ['usr-turner'],
  },
  decide: ({ bolt }, input) => (bolt.turns >= 9 ? refuse('bolt-tight', { code: bolt.code }) : BoltTurned(input)),
  examples: [],
})

export const signBolt = command({
  summary: 'Make a bolt under a signature.',
  route: 'POST /signed-bolts',
  roles: ['quality'],
  input: z.strictObject({ code: z.string() }),
  reads: {},
  emits: [BoltMade],
  refuses: {},
  signs: { meaning: { en: 'I made it.', zh: '本人制造。' } },
  decide: (_, { code }, { newId }) => BoltMade({ boltId: newId(Bolt), code }),
  examples: [],
})
