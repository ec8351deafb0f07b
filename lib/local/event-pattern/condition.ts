import { inRange, parseCidr, parseIp } from './ip-range.ts'
import { isList, isObject, type Json, type JsonObject } from './json-text.ts'
import { compileWildcard } from './wildcard.ts'

/** A value of an event's field: strings, numbers, booleans and null, never objects or arrays. */
export type Leaf = string | number | boolean | null

/** One alternative in the array of a pattern's field. */
export interface Condition {
  /** True for `{"exists": false}`, which holds where the field is absent and accepts no value. */
  readonly absent: boolean
  accepts(leaf: Leaf): boolean
  /** Wildcards in it, whose number EventBridge limits per field. */
  readonly wildcards: readonly string[]
}

type Test = (leaf: Leaf) => boolean

const condition = (accepts: Test, wildcards: readonly string[] = []): Condition => ({
  absent: false,
  accepts,
  wildcards,
})
const onText =
  (test: (text: string) => boolean): Test =>
  (leaf) =>
    typeof leaf === 'string' && test(leaf)

/** Compiles one alternative of a field; throws an `Error` that says, in EventBridge's words, why it is not valid. */
export function compileCondition(json: Json): Condition {
  if (isObject(json)) return compileExpression(json)
  if (isList(json)) throw new Error('Match value must be String, number, true, false, or null')
  if (typeof json === 'string') {
    const ip = parseIp(json)
    const range = ip && { bits: ip.bits, first: ip.value, last: ip.value }
    return condition(range ? onText((text) => inRange(range, text)) : (leaf) => leaf === json)
  }
  return condition(typeof json === 'number' ? (leaf) => sameNumber(leaf, json) : (leaf) => leaf === json)
}

const OPERATORS: Readonly<Record<string, (operand: Json) => Condition>> = {
  exactly: (operand) => {
    const text = textOf(operand, 'exact match')
    return condition((leaf) => leaf === text)
  },
  prefix: (operand) => condition(affix('prefix', operand)),
  suffix: (operand) => condition(affix('suffix', operand)),
  'equals-ignore-case': (operand) => condition(ignoringCase(textOf(operand, 'equals-ignore-case'))),
  wildcard: (operand) => {
    const text = textOf(operand, 'wildcard')
    return condition(onText(compileWildcard(text)), [text])
  },
  cidr: (operand) => {
    const range = parseCidr(textOf(operand, 'prefix')) // EventBridge itself says "prefix" here
    return condition(onText((text) => inRange(range, text)))
  },
  exists: (operand) => {
    if (typeof operand !== 'boolean') throw new Error('exists match pattern must be either true or false.')
    return { absent: !operand, accepts: () => operand, wildcards: [] }
  },
  numeric: (operand) => {
    if (!isList(operand)) throw new Error('Value of numeric must be an array.')
    return condition(numericRange(operand))
  },
  'anything-but': anythingBut,
}

function compileExpression({ members }: JsonObject): Condition {
  const [first, second] = members
  if (!first) throw new Error('Match expression name not found')
  const [name, operand] = first
  if (!Object.hasOwn(OPERATORS, name)) throw new Error(`Unrecognized match type ${name}`)
  const compiled = OPERATORS[name]!(operand)
  if (second && (name === 'numeric' || name === 'anything-but')) {
    throw new Error('Too many elements in numeric expression')
  }
  if (second) throw new Error('Only one key allowed in match expression')
  return compiled
}

function textOf(operand: Json, what: string): string {
  if (typeof operand !== 'string') throw new Error(`${what} match pattern must be a string`)
  return operand
}

const ignoringCase = (text: string): Test => onText((value) => value.toLowerCase() === text.toLowerCase())

function affix(kind: 'prefix' | 'suffix', operand: Json): Test {
  const has = (value: string, part: string) => (kind === 'prefix' ? value.startsWith(part) : value.endsWith(part))
  if (!isObject(operand)) {
    const part = textOf(operand, kind)
    return onText((value) => has(value, part))
  }
  const [first, second] = operand.members
  const title = kind === 'prefix' ? 'Prefix' : 'Suffix'
  if (!first) throw new Error(`${title} expression name not found`)
  if (first[0] !== 'equals-ignore-case') throw new Error(`Unsupported ${kind} pattern: ${first[0]}`)
  const part = textOf(first[1], 'equals-ignore-case').toLowerCase()
  if (second) throw new Error('Only one key allowed in match expression')
  return onText((value) => has(value.toLowerCase(), part))
}

const MOST = 5e9
/** Numbers are compared up to six decimals and only within five billion either side of zero. */
function comparable(value: number): number {
  if (Math.abs(value) > MOST) throw new Error('Value must be between -5.0E9 and 5.0E9, inclusive')
  return Math.round(value * 1e6)
}

/** Numbers beyond EventBridge's numeric range, such as account ids, still match literally. */
const sameNumber = (leaf: Leaf, value: number): boolean =>
  typeof leaf === 'number' &&
  (leaf === value || (Math.abs(leaf) <= MOST && Math.abs(value) <= MOST && comparable(leaf) === comparable(value)))

const within =
  (test: (value: number) => boolean): Test =>
  (leaf) =>
    typeof leaf === 'number' && Math.abs(leaf) <= MOST && test(comparable(leaf))

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function numericRange(terms: readonly Json[]): Test {
  const [operator, , upperOperator] = terms
  if (typeof operator !== 'string') throw new Error(`Invalid member in numeric match: ${tokenOf(operator, ']')}`)
  if (!Object.hasOwn(COMPARE, operator)) throw new Error(`Unrecognized numeric range operator: ${operator}`)
  const bound = boundOf(terms[1], operator)
  const compare = COMPARE[operator]!
  if (terms.length === 2) return within((value) => compare(value, bound))

  if (!operator.startsWith('>')) throw new Error('Too many elements in numeric expression')
  if (typeof upperOperator !== 'string') throw new Error(`Bad value in numeric range: ${tokenOf(upperOperator, ']')}`)
  if (!upperOperator.match(/^<=?$/)) throw new Error(`Bad numeric range operator: ${upperOperator}`)
  const upper = boundOf(terms[3], upperOperator)
  if (terms.length > 4) throw new Error('Too many terms in numeric range expression')
  if (bound >= upper) throw new Error('Bottom must be less than top')
  const compareUpper = COMPARE[upperOperator]!
  return within((value) => compare(value, bound) && compareUpper(value, upper))
}

function boundOf(term: Json | undefined, operator: string): number {
  if (typeof term !== 'number') throw new Error(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`)
  return comparable(term)
}

/** The JSON token that EventBridge's error would quote. */
function tokenOf(json: Json | undefined, atEnd: string): string {
  if (json === undefined) return atEnd
  if (typeof json !== 'object' || json === null) return String(json)
  return isObject(json) ? '{' : '['
}

const ANYTHING_BUT: Readonly<Record<string, { wrongType: string; test(text: string): Test }>> = {
  'equals-ignore-case': {
    wrongType: 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    test: ignoringCase,
  },
  prefix: { wrongType: 'prefix/suffix match pattern must be a string', test: (text) => affix('prefix', text) },
  suffix: { wrongType: 'prefix/suffix match pattern must be a string', test: (text) => affix('suffix', text) },
  wildcard: { wrongType: 'wildcard match pattern must be a string', test: (text) => onText(compileWildcard(text)) },
}

function anythingBut(operand: Json): Condition {
  if (!isObject(operand)) return anythingButValues(operand)
  const [first, second] = operand.members
  if (!first) throw new Error('Anything-But expression name not found')
  const [name, excluded] = first
  if (!Object.hasOwn(ANYTHING_BUT, name)) throw new Error(`Unsupported anything-but pattern: ${name}`)
  const { wrongType, test } = ANYTHING_BUT[name]!
  const texts = listOf(excluded).map((text) => {
    if (typeof text !== 'string') throw new Error(wrongType)
    if (text === '' && (name === 'prefix' || name === 'suffix')) throw new Error('Null prefix/suffix not allowed')
    return text
  })
  if (second) throw new Error('Too many elements in numeric expression')
  const tests = texts.map(test)
  return condition((leaf) => !tests.some((excludes) => excludes(leaf)), name === 'wildcard' ? texts : [])
}

function anythingButValues(operand: Json): Condition {
  const values = listOf(operand)
  if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new Error('Inside anything but list, start|null|boolean is not supported.')
  }
  if (new Set(values.map((value) => typeof value)).size !== 1) {
    throw new Error('Inside anything but list, either all values are number or string, mixed type is not supported')
  }
  for (const value of values) if (typeof value === 'number') comparable(value)
  return condition(
    (leaf) => !values.some((value) => (typeof value === 'number' ? sameNumber(leaf, value) : leaf === value)),
  )
}

function listOf(operand: Json): readonly Json[] {
  if (isList(operand)) return operand
  if (typeof operand !== 'string' && typeof operand !== 'number') {
    throw new Error('Value of anything-but must be an array or single string/number value.')
  }
  return [operand]
}
