import { isDeepStrictEqual } from 'node:util'

/**
 * A value of AWS IoT SQL; `undefined` is its Undefined, bytes are a payload that is not JSON.
 * Int and Decimal are both numbers here: whole numbers are Int, as SQL version 2016-03-23 has it.
 */
export type Value = undefined | null | boolean | number | string | Uint8Array | readonly Value[] | Fields
export interface Fields {
  readonly [name: string]: Value
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
export const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Uint8Array)

/** The field of an object; Undefined for anything else and for names that the object does not have itself. */
export const field = (value: Value, name: string): Value =>
  isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined

const NUMERIC = /^-?\d+(\.\d+)?(e-?\d+)?$/i

/** Converts to Decimal by AWS's table: numbers and numeric strings only. */
export function toDecimal(value: Value): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMERIC.test(value) ? finite(Number(value)) : undefined
}

/** Converts to Int, rounding down. */
export function toInt(value: Value): number | undefined {
  const decimal = toDecimal(value)
  return decimal === undefined ? undefined : Math.floor(decimal)
}

/** Converts to Boolean: booleans and the words true and false in any case. */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.toLowerCase() : ''
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** Converts to String; objects and arrays become JSON, Null becomes Undefined. */
export function toText(value: Value): string | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Imaginary and infinite results are Undefined, and there is no minus zero. */
export const finite = (value: number): number | undefined => (Number.isFinite(value) ? value + 0 : undefined)

/** Equality of AWS's `=` table: Undefined beside anything is Undefined, other types than each other's are unequal. */
export function equal(left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return undefined
  return left === right || isDeepStrictEqual(left, right)
}

/** Combines two values by a binary operator other than AND and OR. */
export type Operator = (left: Value, right: Value) => Value

const ordered = (test: (left: number, right: number) => boolean): Operator => {
  return (left, right) => {
    const [a, b] = [toDecimal(left), toDecimal(right)]
    return a === undefined || b === undefined ? undefined : test(a, b)
  }
}
const logical = (combine: (left: boolean, right: boolean) => boolean): Operator => {
  return (left, right) => {
    const [a, b] = [toBoolean(left), toBoolean(right)]
    return a === undefined || b === undefined ? undefined : combine(a, b)
  }
}
const arithmetic = (symbol: '+' | '-' | '*' | '/' | '%'): Operator => {
  return (left, right) => {
    const [a, b] = [toDecimal(left), toDecimal(right)]
    return a === undefined || b === undefined ? undefined : calculate(a, symbol, b)
  }
}

function plus(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return calculate(left, '+', right)
  if (typeof left !== 'string' && typeof right !== 'string') return undefined
  const [a, b] = [toText(left), toText(right)]
  return a === undefined || b === undefined ? undefined : a + b
}

/** The operators by their symbol, following the tables of AWS's reference. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  AND: logical((left, right) => left && right),
  OR: logical((left, right) => left || right),
  '=': equal,
  '<>': (left, right) => {
    const same = equal(left, right)
    return same === undefined ? undefined : !same
  },
  IN: (left, right) =>
    left === undefined || !isList(right) ? undefined : right.some((item) => equal(left, item) === true),
  '<': ordered((left, right) => left < right),
  '<=': ordered((left, right) => left <= right),
  '>': ordered((left, right) => left > right),
  '>=': ordered((left, right) => left >= right),
  '+': plus,
  '-': arithmetic('-'),
  '*': arithmetic('*'),
  '/': arithmetic('/'),
  '%': arithmetic('%'),
}

/** Digits that a division keeps. */
const PRECISION = 34

/** Decimal arithmetic, so that 0.1 + 0.2 is 0.3; Int by Int divides to an Int; by zero is Undefined. */
function calculate(left: number, symbol: '+' | '-' | '*' | '/' | '%', right: number): number | undefined {
  if ((symbol === '/' || symbol === '%') && right === 0) return undefined
  if (symbol === '/' && Number.isInteger(left) && Number.isInteger(right)) return Math.trunc(left / right)
  const [a, b] = [digitsOf(left), digitsOf(right)]
  const exponent = Math.min(a.exponent, b.exponent)
  const x = a.digits * 10n ** BigInt(a.exponent - exponent)
  const y = b.digits * 10n ** BigInt(b.exponent - exponent)
  if (symbol === '+') return numberOf(x + y, exponent)
  if (symbol === '-') return numberOf(x - y, exponent)
  if (symbol === '*') return numberOf(x * y, 2 * exponent)
  if (symbol === '%') return numberOf(x % y, exponent)
  const scale = PRECISION + String(y).length
  return numberOf((x * 10n ** BigInt(scale)) / y, -scale)
}

/** Drops the decimals after `places` without rounding. */
export function truncate(value: number, places: number): number | undefined {
  const { digits, exponent } = digitsOf(value)
  const extra = -exponent - places
  return extra <= 0 ? value : numberOf(digits / 10n ** BigInt(extra), -places)
}

function digitsOf(value: number): { digits: bigint; exponent: number } {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?]
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

const numberOf = (digits: bigint, exponent: number): number | undefined => finite(Number(`${digits}e${exponent}`))
