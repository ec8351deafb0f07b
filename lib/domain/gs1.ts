import { type ApplicationIdentifier, applicationIdentifier, type Component } from './gs1-ai.ts'
import { CHECKS } from './gs1-checks.ts'
import { hasCheckDigit } from './gtin.ts'

/** An application identifier and its value. */
export type Element = readonly [ai: string, value: string]

/** Why a text is no GS1 element string: the rule's name, the AI that breaks it, and both in words. */
export interface ElementError {
  readonly code: string
  readonly ai?: string
  readonly message: string
}

export type ParsedElements =
  | {
      readonly ok: true
      readonly elements: readonly Element[]
      /** What a scanned symbol holds that is not in elements: the digits of an EAN code, or free text. */
      readonly plain?: string
    }
  | { readonly ok: false; readonly error: ElementError }

/** FNC1 as it is written in text here; a scanner sends GS (0x1D) for it. */
const FNC1 = '^'
const GS = '\u001d'

/** Thrown inside this file only; the parser's doors turn it into a result. */
class Broken extends Error {
  readonly error: ElementError
  constructor(code: string, message: string, ai?: string) {
    super(message)
    this.error = ai === undefined ? { code, message } : { code, ai, message }
  }
}

const broken = (ai: string, code: string): Broken =>
  new Broken(code, `AI (${ai}): ${code.toLowerCase().replaceAll('_', ' ')}`, ai)

/**
 * Reads a GS1 element string in any of its forms: `(01)...(10)...` as printed, `^01...10...^` with FNC1 written `^`,
 * or `]d201...` as a scanner sends it, with symbology id and GS. Characters, lengths, check digits, dates and code lists
 * are checked, and which AIs may or must stand together (the latter not with `requisites: false`, for a single part).
 * Digital Link addresses in plain symbols are given back as plain text.
 */
export function parseElementString(text: string, { requisites = true } = {}): ParsedElements {
  try {
    const parsed = parseForm(text)
    if (parsed.elements.length > 0) checkAssociations(parsed.elements, requisites)
    return { ok: true, ...parsed }
  } catch (error) {
    if (error instanceof Broken) return { ok: false, error: error.error }
    throw error
  }
}

/** Writes elements as they are printed beside a symbol. */
export const writeHri = (elements: readonly Element[]): string =>
  elements.map(([ai, value]) => `(${ai})${value.replaceAll('(', '\\(')}`).join('')

/** Writes elements as they are encoded, FNC1 as `^`; a separator stands only where the next element needs one. */
export function writeFnc1(elements: readonly Element[]): string {
  const parts = elements.map(([ai, value], index) => {
    const separated = index < elements.length - 1 && applicationIdentifier(ai)?.fnc1
    return ai + value + (separated ? FNC1 : '')
  })
  return FNC1 + parts.join('')
}

function parseForm(text: string): { elements: Element[]; plain?: string } {
  if (text.startsWith('(')) return { elements: parseHri(text) }
  if (text.startsWith(FNC1)) return { elements: parseEncoded(text.slice(1)) }
  if (text.startsWith(']')) return parseScan(text)
  throw new Broken('UNKNOWN_FORM', 'An element string starts with (, ^ or a symbology id such as ]d2')
}

function parseHri(text: string): Element[] {
  if (text.includes(FNC1)) throw new Broken('FNC1_IN_HRI', 'A printed element string has no ^')
  const pattern = /\((\d*)\)((?:[^(\\]|\\\(|\\)+)/gy
  const elements: Element[] = []
  let end = 0
  for (const [whole, ai, escaped] of text.matchAll(pattern)) {
    const value = escaped!.replaceAll('\\(', '(')
    checkValue(known(ai!), value)
    elements.push([ai!, value])
    end += whole.length
  }
  if (end < text.length) throw new Broken('MALFORMED', `(AI)value is expected at position ${end + 1}`)
  return elements
}

function parseEncoded(text: string): Element[] {
  if (text === '') throw new Broken('EMPTY', 'There is no element after FNC1')
  const elements: Element[] = []
  let rest = text
  while (rest !== '') {
    const entry = leading(rest)
    const data = rest.slice(entry.ai.length).split(FNC1, 1)[0]!
    const value = entry.fnc1 ? data : data.slice(0, longest(entry))
    checkValue(entry, value)
    elements.push([entry.ai, value])
    rest = rest.slice(entry.ai.length + value.length)
    // One separator is tolerated after any element, also where none is needed.
    if (rest.startsWith(FNC1)) rest = rest.slice(1)
  }
  return elements
}

/** The AI that encoded data starts with; none is the beginning of another. */
function leading(data: string): ApplicationIdentifier {
  for (const length of [2, 3, 4]) {
    const entry = applicationIdentifier(data.slice(0, length))
    if (entry) return entry
  }
  throw unknown(/^\d{0,4}/.exec(data)![0])
}

function known(ai: string): ApplicationIdentifier {
  const entry = applicationIdentifier(ai)
  if (!entry) throw unknown(ai)
  return entry
}

function unknown(ai: string): Broken {
  const coupon = /^811[02]/.test(ai)
  const why = coupon ? 'is a retail coupon, which is not read here' : 'is not one that GS1 has assigned'
  return new Broken(coupon ? 'COUPON' : 'UNKNOWN_AI', `AI (${ai}) ${why}`, ai)
}

const longest = ({ components }: ApplicationIdentifier): number =>
  components.reduce((sum, component) => sum + component.most, 0)

const CHARACTERS: Readonly<Record<Component['characters'], string>> = {
  N: 'csetnumeric',
  X: 'cset82',
  Y: 'cset39',
  Z: 'cset64',
}

function checkValue(entry: ApplicationIdentifier, value: string): void {
  if (value.length > longest(entry)) throw broken(entry.ai, 'VALUE_TOO_LONG')
  let rest = value
  for (const { characters, least, most, optional, checks } of entry.components) {
    const part = rest.slice(0, most)
    rest = rest.slice(most)
    if (part === '' && optional) continue
    if (part.length < least) throw broken(entry.ai, 'INCORRECT_LENGTH')
    for (const check of [CHARACTERS[characters], ...checks]) {
      const code = CHECKS[check]!(part)
      if (code) throw broken(entry.ai, code)
    }
  }
}

/** Symbology ids (ISO/IEC 15424) that a medical or trade label carries; the case of the letter matters. */
const IN_ELEMENTS = new Set([']C1', ']e0', ']d2', ']Q3', ']J1'])
const IN_PLAIN = new Set([']d1', ']Q1', ']J0'])
const EAN_LENGTH: ReadonlyMap<string, number> = new Map([
  [']E0', 13],
  [']E4', 8],
])

function parseScan(text: string): { elements: Element[]; plain?: string } {
  const symbology = text.slice(0, 3)
  const data = text.slice(3)
  if (IN_PLAIN.has(symbology)) return { elements: [], plain: data }
  if (IN_ELEMENTS.has(symbology)) return { elements: parseScanned(data) }
  const length = EAN_LENGTH.get(symbology)
  if (length === undefined) throw new Broken('UNKNOWN_SYMBOLOGY', `${symbology} is no symbology id that is read here`)
  // A composite symbol sends its second part as a message of its own.
  const [plain, composite] = data.split('|]e0', 2) as [string, string?]
  if (plain.length !== length) throw new Broken('INCORRECT_LENGTH', `A ${symbology} symbol has ${length} digits`)
  if (!hasCheckDigit(plain)) throw new Broken('INCORRECT_CHECK_DIGIT', `The check digit of ${plain} is not right`)
  return { plain, elements: composite === undefined ? [] : parseScanned(composite) }
}

function parseScanned(data: string): Element[] {
  if (data.includes(FNC1)) throw new Broken('FNC1_IN_SCAN', 'A scanner sends GS (0x1D) for FNC1, not ^')
  return parseEncoded(data.replaceAll(GS, FNC1))
}

function checkAssociations(elements: readonly Element[], requisites: boolean): void {
  const present = new Map<string, string>()
  for (const [ai, value] of elements) {
    if ((present.get(ai) ?? value) !== value) throw broken(ai, 'REPEATED_WITH_ANOTHER_VALUE')
    present.set(ai, value)
  }
  const ais = [...present.keys()]
  for (const { ai, excludes, requires } of ais.map(known)) {
    for (const other of ais) {
      if (other !== ai && excludes.some((pattern) => fits(other, pattern))) {
        throw new Broken('EXCLUDED_AI', `AI (${ai}) must not stand beside AI (${other})`, ai)
      }
    }
    const missing = requires.find(
      (alternatives) => !alternatives.some((all) => all.every((pattern) => ais.some((other) => fits(other, pattern)))),
    )
    if (missing && requisites) {
      const choices = missing.map((all) => all.join('+')).join(' or ')
      throw new Broken('REQUIRED_AI_MISSING', `AI (${ai}) needs beside it ${choices}`, ai)
    }
  }
  checkSignedKeys(present)
}

const fits = (ai: string, pattern: string): boolean =>
  ai.length === pattern.length && ai.startsWith(pattern.replace(/n+$/, ''))

/** Length of the keys that identify a class of things until their optional serial part is given. */
const UNSERIALISED: ReadonlyMap<string, number> = new Map([
  ['253', 13],
  ['255', 13],
  ['8003', 14],
])

/** A digital signature (8030) is for one thing, so the key beside it must have its serial part. */
function checkSignedKeys(present: ReadonlyMap<string, string>): void {
  if (!present.has('8030')) return
  for (const [ai, length] of UNSERIALISED) {
    if (present.get(ai)?.length === length) throw broken(ai, 'SERIAL_PART_MISSING_BESIDE_8030')
  }
}
