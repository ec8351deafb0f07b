import * as z from 'zod'
import { absent, type Entity, invalid, refuse, shared } from '#kit'
import { Complaint } from './complaint.ts'
import { Exposure } from './exposure.ts'
import { Nonconformance } from './nonconformance.ts'
import { Line } from './values.ts'

/** Records from which a case is opened, by the kind of its source. */
const records: Readonly<Record<string, Entity>> = {
  nonconformance: Nonconformance,
  complaint: Complaint,
  telemetry: Exposure,
}

/** What gave rise to the suspicion. */
export const Source = z.strictObject({
  kind: z.enum(['nonconformance', 'complaint', 'supplier-notice', 'telemetry', 'person']),
  /** The nonconformance, complaint or exposure from which the case was opened. */
  id: z
    .string()
    .regex(
      new RegExp(
        `^(${Object.values(records)
          .map(({ prefix }) => prefix)
          .join('|')})_[0-9A-HJKMNP-TV-Z]{26}$`,
      ),
      'must be the id of a nonconformance, complaint or exposure',
    )
    .optional(),
  /** A number of somebody else, such as that of the supplier's notice. */
  reference: Line.optional(),
})

export type Source = z.infer<typeof Source>

/** What must exist for a source to be one. */
export const recordOfSource = ({ kind, id }: Source) => {
  const entity = records[kind]
  return id !== undefined && entity?.prefix === id.slice(0, 3) ? [{ entity, id }] : []
}

export const sourceRefusals = shared({
  'source-unfit': invalid(
    '{id} is no record of a {kind}. Give the id of one, or leave it out and write a "reference".',
    '{id} 不是 {kind} 类型的记录。请填写相应编号，或省略并填写 “reference”。',
  ),
  'source-unknown': absent(
    'There is no {kind} {id}. Check the id in "source".',
    '不存在 {kind} {id}。请检查 “source” 中的编号。',
  ),
})

/** Refuses a source whose id is of another kind of record, or of none. */
export function sourceUnfit(source: Source, exists: boolean) {
  const { kind, id } = source
  if (id === undefined) return undefined
  if (recordOfSource(source).length === 0) return refuse('source-unfit', { id, kind })
  return exists ? undefined : refuse('source-unknown', { id, kind })
}
