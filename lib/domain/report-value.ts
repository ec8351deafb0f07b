import type { CaseFile } from './case-file.ts'
import { action, reportNumber } from './report-action.ts'
import { drill } from './report-drill.ts'
import { identity } from './report-identity.ts'
import { notice } from './report-notice.ts'
import { outcome } from './report-outcome.ts'
import type { Language, Told } from './report-told.ts'

/** Everything that a report can say, by name; a form says which of it, in what order and under what words. */
export const values = { reportNumber, ...identity, ...action, ...notice, ...outcome, ...drill } satisfies Record<
  string,
  (file: CaseFile, language: Language) => Told
>

export type ValueName = keyof typeof values
