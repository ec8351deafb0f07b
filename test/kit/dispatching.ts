import type { Discovered } from '../../lib/discover.ts'
import type { Deciding } from '../../lib/kit/command.ts'

/** Commands as a reaction may dispatch them: each checks its input, and only tells that it was run. */
export function toldOf({ dispatched }: Discovered) {
  const told: { dispatched: string; input: unknown }[] = []
  const commands = dispatched.map(({ name, spec }): [string, Deciding] => [
    name,
    {
      ...{ summary: '', input: spec.input, reads: {}, emits: [], refuses: {}, examples: [] },
      decide: (_, input) => {
        told.push({ dispatched: name, input })
        return []
      },
    },
  ])
  return { told, commands: Object.fromEntries(commands) }
}
