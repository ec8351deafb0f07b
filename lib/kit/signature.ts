import * as z from 'zod'
import type { Context } from './command.ts'
import { type Refusal, refuse } from './errors.ts'
import { canonical, sha256 } from './ledger.ts'
import { TimeZone } from './time-zone.ts'

/** Seconds after signing in within which a person may sign. */
export const signInLife = 120

/** What a signer sends: the hash of what they saw, and where they are. Name and time come from the sign-in and the clock. */
export const SignatureInput = z.strictObject({
  /**
   * SHA-256 of what is signed: `hash` of the record's newest fact, or what the refusal `signature-missing` shows where
   * something begins or a content of its own is signed.
   */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hexadecimal digits'),
  timeZone: TimeZone,
})

/** A meaning in words, for whoever reads the record. */
export interface Meaning {
  readonly en: string
  readonly zh: string
}

/** A signature as it stands in a fact (21 CFR 11.50), sealed with it (11.70). */
export interface Signature {
  readonly meaning: Meaning
  /** Name of the signer at that time; a later change of name does not change it. */
  readonly name: string
  /** ISO 8601 UTC. */
  readonly at: string
  /** Where the signer was, IANA name. */
  readonly timeZone: string
  /** SHA-256 of what was signed. */
  readonly hash: string
  /** When the signer had signed in, with all components of their identity (11.200). */
  readonly signedInAt: string
}

/** A signature that a command asks for, and what it is bound to. */
export interface Signing<States = any, Input = any, Performed = any> {
  readonly meaning: Meaning
  /** Name of the read whose exact version is signed; the input itself where there is none, because something begins. */
  readonly record?: keyof States & string
  /** What is signed in place of a version, where the signer judges a content of its own. */
  readonly content?: (performed: Performed, states: States, input: Input) => unknown
  /** True where nobody must sign, a drill for one; whoever signs nevertheless is held to the same rules. */
  readonly unless?: (states: States, input: Input) => boolean
  /** Subjects whose own doing is judged here: another person must sign. */
  readonly apartFrom?: (states: States, input: Input) => readonly string[]
}

/** What is known when somebody signs. */
export interface Signed {
  readonly states: any
  readonly input: unknown
  readonly performed: unknown
  /** Hash of the newest fact of the record that is signed. */
  readonly head: string | undefined
  readonly signature: z.infer<typeof SignatureInput> | undefined
  readonly context: Pick<Context, 'now' | 'actor'>
}

/** The signature under a command, none where none is needed, or why it does not hold. */
export function signed(signs: Signing, given: Signed): Signature | Refusal | undefined {
  const { states, input, signature, context } = given
  const { now, actor } = context
  if (!signature && signs.unless?.(states, input)) return undefined
  if (signs.apartFrom?.(states, input).includes(actor.sub)) return refuse('signer-involved', { meaning: signs.meaning })
  const hash = hashOf(signs, given)
  if (!signature) return refuse('signature-missing', { meaning: signs.meaning, hash, seconds: signInLife })
  const { at: signedInAt } = actor.signIn ?? {}
  if (!signedInAt || Date.parse(now) - Date.parse(signedInAt) > signInLife * 1000)
    return refuse('sign-in-old', { signedInAt: signedInAt ?? 'an unknown time', seconds: signInLife })
  if (signature.hash !== hash) return refuse('signature-outdated', { signed: signature.hash, hash })
  return { meaning: signs.meaning, name: actor.name, at: now, timeZone: signature.timeZone, hash, signedInAt }
}

function hashOf({ content, record }: Signing, { performed, states, input, head }: Signed): string {
  if (content) return sha256(canonical(content(performed, states, input)))
  if (record === undefined) return sha256(canonical(input))
  return head!
}
