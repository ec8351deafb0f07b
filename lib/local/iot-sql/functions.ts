import { createHash, randomUUID } from 'node:crypto'
import type { Scope } from './expression.ts'
import { md2 } from './md2.ts'
import { formatTime, parseTime } from './time-pattern.ts'
import {
  field,
  finite,
  isFields,
  isList,
  OPERATORS,
  toBoolean,
  toDecimal,
  toInt,
  toText,
  truncate,
  type Value,
} from './value.ts'

/** A built-in function; a call with another number of arguments is Undefined. */
export interface SqlFunction {
  readonly arity: readonly [least: number, most: number]
  /** Only from SQL version 2016-03-23. */
  readonly version2?: true
  apply(args: readonly Value[], scope: Scope): Value
}

/** Functions of AWS IoT SQL that are refused by name, because they need another service or MQTT 5 properties. */
export const REMOTE_FUNCTIONS: ReadonlySet<string> = new Set([
  'aws_lambda',
  'get_dynamodb',
  'get_mqtt_property',
  'get_registry_data',
  'get_secret',
  'get_thing_shadow',
  'get_user_properties',
  'machinelearning_predict',
])

const MANY = Number.POSITIVE_INFINITY

function numeric(apply: (value: number) => number): SqlFunction {
  return {
    arity: [1, 1],
    apply([value]) {
      const decimal = toDecimal(value)
      return decimal === undefined ? undefined : finite(apply(decimal))
    },
  }
}

function numeric2(apply: (a: number, b: number) => number): SqlFunction {
  return {
    arity: [2, 2],
    apply([first, second]) {
      const [a, b] = [toDecimal(first), toDecimal(second)]
      return a === undefined || b === undefined ? undefined : finite(apply(a, b))
    },
  }
}

const bits = (apply: (a: bigint, b: bigint) => bigint): SqlFunction =>
  numeric2((a, b) => Number(apply(BigInt(Math.floor(a)), BigInt(Math.floor(b)))))

/** A function of strings; all its arguments are converted, and Undefined if one cannot be. */
function textual(count: number, apply: (...texts: string[]) => Value, version2?: true): SqlFunction {
  return {
    arity: [count, count],
    ...(version2 && { version2 }),
    apply(args) {
      const texts = args.map(toText)
      return texts.some((text) => text === undefined) ? undefined : apply(...(texts as string[]))
    },
  }
}

const fact = (read: (scope: Scope) => Value): SqlFunction => ({ arity: [0, 0], apply: (_args, scope) => read(scope) })

const hash = (algorithm: string): SqlFunction => textual(1, (text) => createHash(algorithm).update(text).digest('hex'))

const pad = (join: (text: string, spaces: string) => string): SqlFunction => ({
  arity: [2, 2],
  apply([value, count]) {
    const [text, spaces] = [toText(value), toInt(count)]
    if (text === undefined || spaces === undefined) return undefined
    return join(text, ' '.repeat(Math.min(Math.max(spaces, 0), 1000)))
  },
})

const remainder: SqlFunction = { arity: [2, 2], apply: ([a, b]) => OPERATORS['%']!(a, b) }

/** The functions by their name in small letters; names are not case sensitive. */
export const FUNCTIONS: Readonly<Record<string, SqlFunction>> = {
  abs: numeric(Math.abs),
  acos: numeric(Math.acos),
  asin: numeric(Math.asin),
  atan: numeric(Math.atan),
  atan2: numeric2(Math.atan2),
  ceil: numeric(Math.ceil),
  cos: numeric(Math.cos),
  cosh: numeric(Math.cosh),
  exp: numeric(Math.exp),
  floor: numeric(Math.floor),
  ln: numeric(Math.log),
  log: numeric(Math.log10),
  power: numeric2((base, exponent) => base ** exponent),
  // Ties go away from zero, as AWS's examples show.
  round: numeric((value) => Math.sign(value) * Math.round(Math.abs(value))),
  sign: numeric(Math.sign),
  sin: numeric(Math.sin),
  sinh: numeric(Math.sinh),
  sqrt: numeric(Math.sqrt),
  tan: numeric(Math.tan),
  tanh: numeric(Math.tanh),
  mod: remainder,
  remainder,
  rand: fact(() => Math.random()),
  trunc: {
    arity: [2, 2],
    apply([value, count]) {
      const [decimal, places] = [toDecimal(value), typeof count === 'number' ? Math.floor(count) : undefined]
      if (decimal === undefined || places === undefined) return undefined
      return truncate(decimal, Math.min(Math.max(places, 0), 34))
    },
  },
  bitand: bits((a, b) => a & b),
  bitor: bits((a, b) => a | b),
  bitxor: bits((a, b) => a ^ b),
  bitnot: numeric((value) => Number(~BigInt(Math.floor(value)))),

  md2: textual(1, md2),
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha224: hash('sha224'),
  sha256: hash('sha256'),
  sha384: hash('sha384'),
  sha512: hash('sha512'),

  chr: {
    arity: [1, 1],
    apply([value]) {
      const code = toInt(value)
      return code !== undefined && code >= 0 && code < 128 ? String.fromCharCode(code) : undefined
    },
  },
  concat: { arity: [0, MANY], apply: concat },
  endswith: textual(2, (text, end) => text.endsWith(end)),
  indexof: textual(2, (text, part) => text.indexOf(part), true),
  length: textual(1, (text) => [...text].length, true),
  lower: textual(1, (text) => text.toLowerCase()),
  lpad: pad((text, spaces) => spaces + text),
  ltrim: textual(1, (text) => text.trimStart()),
  numbytes: textual(1, (text) => Buffer.byteLength(text), true),
  regexp_matches: textual(2, (text, pattern) => regexp(pattern)?.test(text)),
  regexp_replace: textual(3, regexpReplace),
  regexp_substr: textual(2, (text, pattern) => regexp(pattern)?.exec(text)?.[0]),
  replace: textual(3, (text, part, other) => text.replaceAll(part, () => other)),
  rpad: pad((text, spaces) => text + spaces),
  rtrim: textual(1, (text) => text.trimEnd()),
  startswith: textual(2, (text, start) => text.startsWith(start)),
  substring: { arity: [2, 3], apply: substring },
  trim: textual(1, (text) => text.trim()),
  upper: textual(1, (text) => text.toUpperCase()),

  encode: {
    arity: [2, 2],
    version2: true,
    apply([value, scheme]) {
      const bytes = value instanceof Uint8Array ? value : toText(value)
      return bytes === undefined || scheme !== 'base64' ? undefined : Buffer.from(bytes).toString('base64')
    },
  },
  decode: { arity: [2, 2], version2: true, apply: ([value, scheme]) => decode(value, scheme) },
  get: { arity: [2, 2], apply: ([value, key]) => get(value, key) },
  get_or_default: { arity: [1, 2], apply: ([value, otherwise]) => value ?? otherwise },
  isnull: { arity: [1, 1], apply: ([value]) => value === null },
  isundefined: { arity: [1, 1], version2: true, apply: ([value]) => value === undefined },
  nanvl: { arity: [2, 2], apply: ([value, otherwise]) => value ?? otherwise },
  transform: { arity: [3, 3], version2: true, apply: transform },

  accountid: fact(({ message }) => message.accountId),
  clientid: fact(({ message }) => message.clientId ?? 'n/a'),
  newuuid: fact(() => randomUUID()),
  principal: fact(({ message }) => message.principal),
  sourceip: fact(({ message }) => message.sourceIp),
  sql_version: fact(({ version }) => version),
  timestamp: fact(({ message }) => message.timestamp),
  traceid: fact(({ message }) => message.traceId),
  topic: {
    arity: [0, 1],
    apply(args, { message }) {
      const segment = args.length === 0 ? undefined : toInt(args[0])
      if (args.length === 0) return message.topic
      return segment === undefined ? undefined : message.topic.split('/')[segment - 1]
    },
  },

  parse_time: {
    arity: [2, 3],
    version2: true,
    apply([pattern, time, zone = 'UTC']) {
      const [text, milliseconds, zoneName] = [toText(pattern), toInt(time), toText(zone)]
      if (text === undefined || milliseconds === undefined || zoneName === undefined) return undefined
      return formatTime(text, milliseconds, zoneName)
    },
  },
  time_to_epoch: textual(2, (text, pattern) => parseTime(text, pattern), true),
}

function concat(args: readonly Value[]): Value {
  if (args.some(isList)) return args.flatMap((arg) => (isList(arg) ? arg : [arg])).filter((item) => item !== undefined)
  const texts = args.map(toText)
  return texts.length === 0 || texts.includes(undefined) ? undefined : texts.join('')
}

function substring([value, from, to]: readonly Value[]): Value {
  const [text, start] = [toText(value), toInt(from)]
  const end = to === undefined ? MANY : toInt(to)
  if (text === undefined || start === undefined || end === undefined) return undefined
  return text.slice(Math.max(start, 0), Math.max(end, 0))
}

function get(value: Value, key: Value): Value {
  if (isFields(value)) return typeof key === 'string' ? field(value, key) : undefined
  const index = toInt(key)
  if (index === undefined || index < 0) return undefined
  return isList(value) || typeof value === 'string' ? value[index] : undefined
}

/** Adds the fields of an object to each object of an array; there is no other mode than enrichArray. */
function transform([mode, extra, items]: readonly Value[]): Value {
  if (mode !== 'enrichArray' || !isFields(extra) || !isList(items) || !items.every(isFields)) return undefined
  return items.map((item) => ({ ...item, ...extra }))
}

/** Text in base64 to JSON where it is JSON, else to text; Null where it is not base64. */
function decode(value: Value, scheme: Value): Value {
  const text = toText(value)
  if (text === undefined || scheme !== 'base64') return undefined
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  try {
    return JSON.parse(decoded)
  } catch {
    return decoded // not JSON, which is no error here
  }
}

/** Compiles a Java-style expression, whose flags may stand at its start; undefined when it is not valid. */
function regexp(pattern: string, global = ''): RegExp | undefined {
  const [prefix, flags = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? ['']
  try {
    return new RegExp(pattern.slice(prefix.length), flags + global)
  } catch {
    return undefined // AWS: a text that is no regular expression makes the result Undefined
  }
}

/** Java's replacement language: `$n` is a group, a backslash takes the next character literally. */
function regexpReplace(text: string, pattern: string, replacement: string): Value {
  const expression = regexp(pattern, 'g')
  if (!expression || /(?<!\\)\$(?!\d)/.test(replacement)) return undefined
  return text.replace(expression, (...found) =>
    replacement.replace(/\\(.)|\$(\d)/g, (_all, literal, group) => literal ?? found[Number(group)] ?? ''),
  )
}

const CASTS: Readonly<Record<string, (value: Value) => Value>> = {
  text: toText,
  int: (value) => (typeof value === 'boolean' ? Number(value) : toInt(value)),
  decimal: (value) => (typeof value === 'boolean' ? Number(value) : toDecimal(value)),
  boolean: (value) => (typeof value === 'number' ? value !== 0 : toBoolean(value)),
}
const CAST_TYPES: Readonly<Record<string, keyof typeof CASTS>> = {
  STRING: 'text',
  NVARCHAR: 'text',
  TEXT: 'text',
  NTEXT: 'text',
  VARCHAR: 'text',
  INT: 'int',
  INTEGER: 'int',
  DOUBLE: 'decimal',
  DECIMAL: 'decimal',
  BOOL: 'boolean',
  BOOLEAN: 'boolean',
}

/** Whether a word in capitals may stand after `AS` in a cast. */
export const isCastType = (word: string): boolean => Object.hasOwn(CAST_TYPES, word)

/** Converts like the functions do and, beyond them, between numbers and booleans. */
export const cast = (value: Value, type: string): Value => CASTS[CAST_TYPES[type]!]!(value)
