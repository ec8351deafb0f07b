import { createHash } from 'node:crypto'
import type { Signature } from './signature.ts'

/** One kept fact as it stands in the table, in the audit trail and on the bus. */
export interface LedgerFact {
  readonly entity: string
  readonly entityId: string
  /** 1 for the fact that created the entity, then rising by one without gaps. */
  readonly version: number
  readonly area: string
  readonly type: string
  readonly data: unknown
  /** When it was recorded, ISO 8601 UTC. */
  readonly at: string
  readonly by: { readonly sub: string; readonly name: string }
  /** The command that made it and its request. */
  readonly command: string
  readonly request: string
  /** Set where a person signed the command that made it. */
  readonly signature?: Signature | undefined
  /** Hash of the fact before it in this entity's chain; empty for the first. */
  readonly previous: string
  readonly hash: string
}

/** JSON with sorted keys, so that equal values have equal text and equal hashes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Seals a fact into its entity's hash chain (21 CFR 11.10(e): earlier values are not obscured). */
export const seal = (fact: Omit<LedgerFact, 'hash'>): LedgerFact => ({ ...fact, hash: sha256(canonical(fact)) })

/** Position of the first fact whose hash or link does not hold; undefined for an intact chain. */
export function brokenAt(chain: readonly LedgerFact[]): number | undefined {
  let previous = ''
  for (const [index, { hash, ...fact }] of chain.entries()) {
    if (fact.version !== index + 1 || fact.previous !== previous || seal(fact).hash !== hash) return index + 1
    previous = hash
  }
  return undefined
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** An id that follows from a text, so that making it twice makes one thing. */
export function stableId(prefix: string, text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return `${prefix}_${Array.from(digest.subarray(0, 26), (byte) => crockford[byte & 31]).join('')}`
}
