import * as z from 'zod'
import type { Loaded } from '#kit'
import type { LotState } from './lot.ts'
import { Line } from './values.ts'

/** What was looked at, what was found, and whether that is good. */
export const Results = z
  .array(z.strictObject({ characteristic: Line, found: Line, passed: z.boolean() }))
  .min(1)
  .max(50)

/** Data of an inspection of one lot; without a note the failed characteristics are the note. */
export const inspected = (
  lot: Loaded<LotState>,
  results: z.infer<typeof Results>,
  note: string | undefined,
  by: { readonly sub: string },
  at: string,
) => ({
  lotId: lot.id,
  itemId: lot.itemId,
  passed: results.every(({ passed }) => passed),
  results,
  note: note ?? results.flatMap((one) => (one.passed ? [] : `${one.characteristic}: ${one.found}`)).join('; '),
  inspectedBy: by.sub,
  inspectedAt: at,
})
