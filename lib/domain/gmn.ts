/** GS1's encodable characters (CSET 82) in their order, which gives each its value. */
const CSET_82 = `!"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz`
/** Characters that the check pair is written with. */
const CSET_32 = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** The longest text that GS1 has defined the check pair for, without the pair. */
const LONGEST_CHECKED = 97
/** The first primes, the weights from the right. */
const PRIMES: number[] = []
for (let n = 2; PRIMES.length < LONGEST_CHECKED; n++) if (PRIMES.every((prime) => n % prime !== 0)) PRIMES.push(n)

/**
 * The two check characters (MOD 1021,32) of a GMN or HIBC Basic UDI-DI that stands without them;
 * undefined when it is longer than 97 characters or has one outside CSET 82.
 */
export function checkPair(text: string): string | undefined {
  if (text.length > LONGEST_CHECKED) return undefined
  let sum = 0
  for (let i = 0; i < text.length; i++) {
    const value = CSET_82.indexOf(text.at(-1 - i)!)
    if (value < 0) return undefined
    sum += value * PRIMES[i]!
  }
  const rest = sum % 1021
  return CSET_32[rest >> 5]! + CSET_32[rest & 31]!
}

/** Why a text is no Global Model Number, or no beginning of one. */
export type GmnError = 'too-short' | 'too-long' | 'prefix-not-numeric' | 'character' | 'check'

export type GmnResult = { readonly ok: true; readonly gmn: string } | { readonly ok: false; readonly error: GmnError }

const COMPANY_PREFIX = 5
const LONGEST = 25

/** Adds the check pair to company prefix and model reference, giving an EU Basic UDI-DI. */
export function completeGmn(model: string): GmnResult {
  if (model.length < COMPANY_PREFIX + 1) return { ok: false, error: 'too-short' }
  if (model.length > LONGEST - 2) return { ok: false, error: 'too-long' }
  if (!/^\d{5}/.test(model)) return { ok: false, error: 'prefix-not-numeric' }
  const pair = checkPair(model)
  return pair === undefined ? { ok: false, error: 'character' } : { ok: true, gmn: model + pair }
}

/** Checks a GMN with its check pair. */
export function verifyGmn(gmn: string): GmnResult {
  const completed = completeGmn(gmn.slice(0, -2))
  return completed.ok && completed.gmn !== gmn ? { ok: false, error: 'check' } : completed
}
