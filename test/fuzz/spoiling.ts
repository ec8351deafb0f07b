import type { Chance } from './chance.ts'

type Json = any

/** A body that was made wrong on purpose: its text or bytes, and what was done to it. */
export interface Spoiled {
  readonly how: string
  readonly body: string | Buffer
  /** Set where only one answer is right, as long as the caller may call at all. */
  readonly expect?: number
}

/** Stands in a JSON text where something goes that JSON.stringify does not write. */
const hole = '@@hole@@'

interface Place {
  readonly holder: Json
  readonly key: string | number
}

/** Every place in a body that holds a value. */
function placesIn(body: Json): Place[] {
  if (typeof body !== 'object' || body === null) return []
  return Object.keys(body).flatMap((name) => {
    const key = Array.isArray(body) ? Number(name) : name
    return [{ holder: body, key }, ...placesIn(body[key])]
  })
}

const objectsIn = (body: Json): Json[] =>
  [body, ...placesIn(body).map(({ holder, key }) => holder[key])].filter(
    (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
  )

const oddValues: readonly Json[] = [
  null,
  true,
  -1,
  0,
  0.1234567,
  1e21,
  Number.MAX_SAFE_INTEGER + 2,
  '',
  ' ',
  '1',
  'lb',
  'KG',
  'constructor',
  '__proto__',
  '\u0000',
  '\ud800',
  'ﷺ'.repeat(50),
  'x'.repeat(5000),
  "'; DROP TABLE lots; --",
  '$'.concat('{jndi:ldap://x}'),
  '../../etc/passwd',
  '批次 中文 🏭',
  'lot_00000000000000000000000000',
  'lot_0000000000000000000000000I',
  'itm_00000000000000000000000001#STATE',
  [],
  {},
  [[]],
  { toString: 1 },
  Array.from({ length: 200 }, () => 1),
]

const rawValues = [
  '1e400',
  '-1e400',
  'NaN',
  'Infinity',
  'undefined',
  '0x10',
  '01',
  '1.',
  "'text'",
  '1e-400',
  '9'.repeat(400),
]

/** Ways to spoil a body that keep it a JSON value. */
const changes: Readonly<Record<string, (body: Json, chance: Chance) => Json>> = {
  'odd value': (body, chance) => {
    const places = placesIn(body)
    if (places.length === 0) return { ...body, extra: 1 }
    const { holder, key } = chance.pick(places)
    holder[key] = chance.pick(oddValues)
    return body
  },
  'missing field': (body, chance) => {
    const places = placesIn(body).filter(({ holder }) => !Array.isArray(holder))
    if (places.length === 0) return body
    const { holder, key } = chance.pick(places)
    delete holder[key]
    return body
  },
  'changed digit': (body, chance) => {
    const places = placesIn(body).filter(({ holder, key }) => /\d/.test(holder[key]))
    if (places.length === 0) return body
    const { holder, key } = chance.pick(places)
    holder[key] = String(holder[key]).replace(/\d(?!.*\d)/, (digit) => String((Number(digit) + 1) % 10))
    return body
  },
  'not an object': (body, chance) => chance.pick([[body], null, 'text', 5, true, []]),
}

/** Ways to spoil the text of a body. */
const texts: Readonly<Record<string, (body: Json, chance: Chance) => string | Buffer>> = {
  'raw value': (body, chance) => withHole(body, chance).replace(`"${hole}"`, chance.pick(rawValues)),
  'very deep': (body, chance) => withHole(body, chance).replace(`"${hole}"`, '['.repeat(10_000) + ']'.repeat(10_000)),
  'very deep object': (body, chance) =>
    withHole(body, chance).replace(`"${hole}"`, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  'invalid UTF-8': (body, chance) => {
    const [before = '', after = ''] = withHole(body, chance).split(hole)
    return Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from(after)])
  },
  'repeated field': (body) => JSON.stringify(body).replace(/^\{("[^"]+":)/, '{$1"first",$1'),
  truncated: (body, chance) => {
    const text = JSON.stringify(body)
    return text.slice(0, chance.whole(0, text.length - 1))
  },
  'byte order mark': (body) => `\ufeff${JSON.stringify(body)}`,
  'not JSON': (_, chance) =>
    chance.pick(['', ' ', '{', '}', '<xml/>', 'a=1&b=2', '\u0000', '{"a":1}{"b":2}', '[1,]', '{"a":1,}']),
}

function withHole(body: Json, chance: Chance): string {
  const places = placesIn(body)
  if (places.length === 0) return JSON.stringify({ ...body, extra: hole })
  const { holder, key } = chance.pick(places)
  holder[key] = hole
  return JSON.stringify(body)
}

/** Field names that no schema has; the first three are dangerous to careless code. */
const foreignNames = ['__proto__', 'constructor', 'prototype', 'extra', 'id', 'version', 'siteId2', 'pk', ' ', '']

function unknownField(body: Json, chance: Chance): Spoiled {
  const name = chance.pick(foreignNames)
  const objects = objectsIn(body)
  const target = chance.pick(objects.length > 0 ? objects : [body])
  const value = chance.pick([1, 'x', { admin: true }, null])
  // Only as text: assigning `__proto__` would set the prototype instead.
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  return { how: `unknown field ${JSON.stringify(name)}`, body: JSON.stringify(body), expect: 400 }
}

const huge = (body: Json): Spoiled => ({
  how: 'five megabytes',
  body: JSON.stringify({ ...body, filler: 'x'.repeat(5 * 1024 * 1024) }),
})

/** Spoils a body in one way. */
export function spoil(body: Json, chance: Chance): Spoiled {
  const roll = chance.next()
  if (roll < 0.004) return huge(body)
  if (roll < 0.2) return unknownField(body, chance)
  if (roll < 0.6) {
    const [how, text] = chance.pick(Object.entries(texts))
    return { how, body: text(body, chance) }
  }
  const [how, change] = chance.pick(Object.entries(changes))
  return { how, body: JSON.stringify(change(body, chance)) ?? '' }
}
