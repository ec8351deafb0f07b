import type { Deciding } from '../../lib/kit/command.ts'
import { type Request, type Result, run, type World } from '../../lib/kit/run.ts'

/** Runs a spec as a person who signs where they are asked to, what they are shown. */
export async function runSigned(spec: Deciding, input: any, request: Request, world: World): Promise<Result> {
  const result = await run(spec, input, request, world)
  if (result.ok || result.refusal.refusal !== 'signature-missing') return result
  const signature = { hash: result.refusal.details.hash, timeZone: 'Europe/Berlin' }
  return run(spec, { ...input, signature }, request, world)
}
