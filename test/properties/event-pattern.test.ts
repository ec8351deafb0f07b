import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkPattern, matches } from '../../lib/local/event-pattern.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '\\', 'é'), maxLength: 6 })
/** Field names without dots, because a dotted name means a path. */
const name = fc.stringMatching(/^[a-c]{1,2}$/)
const leaf = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null))

it('an event matches the pattern made of its own values, and a parsed event behaves like its text', () => {
  fc.assert(
    fc.property(fc.dictionary(name, leaf, { minKeys: 1 }), (event) => {
      const pattern = Object.fromEntries(Object.entries(event).map(([key, value]) => [key, [value]]))
      expect(matches(pattern, event)).toBe(true)
      expect(matches(JSON.stringify(pattern), JSON.stringify(event))).toBe(true)
    }),
  )
})

it('anything-but is the opposite of the plain value wherever the field is there', () => {
  fc.assert(
    fc.property(word, leaf, (excluded, value) => {
      const event = { field: value }
      expect(matches({ field: [{ 'anything-but': excluded }] }, event)).toBe(!matches({ field: [excluded] }, event))
    }),
  )
})

it('a wildcard matches what the same regular expression matches', () => {
  const piece = fc.stringMatching(/^[abé]{0,2}$/)
  fc.assert(
    fc.property(fc.array(piece, { minLength: 2, maxLength: 4 }), word, (pieces, value) => {
      const wildcard = pieces.join('*')
      fc.pre(!wildcard.includes('**'))
      const oracle = new RegExp(`^${pieces.join('.*')}$`, 's')
      expect(matches({ field: [{ wildcard }] }, { field: value })).toBe(oracle.test(value))
    }),
  )
})

it('a backslash makes a wildcard character literal', () => {
  const pattern = { field: [{ wildcard: String.raw`a\*\\*` }] }
  expect(matches(pattern, { field: String.raw`a*\rest` })).toBe(true)
  expect(matches(pattern, { field: 'abc' })).toBe(false)
  expect(() => checkPattern({ field: [{ wildcard: String.raw`a\b` }] })).toThrow('Invalid escape character at pos 2')
})

it('a numeric range agrees with comparison, its bounds included or not', () => {
  const number = fc.integer({ min: -50, max: 50 }).map((value) => value / 10)
  fc.assert(
    fc.property(number, number, number, (low, high, value) => {
      fc.pre(low < high)
      const field = [{ numeric: ['>=', low, '<', high] }]
      expect(matches({ field }, { field: value })).toBe(value >= low && value < high)
    }),
  )
})

it('the last of repeated keys of a pattern counts, and every one of an event', () => {
  const pattern = '{"detail":{"place":[{"prefix":"us-"}],"place":[{"anything-but":"us-east"}]}}'
  expect(matches(pattern, { detail: { place: 'eu-west' } })).toBe(true)
  expect(matches(pattern, { detail: { place: 'us-east' } })).toBe(false)
  expect(matches({ place: ['first'] }, '{"place":"first","place":"second"}')).toBe(true)
})

it('$or beside and inside fields combines, and with a reserved name it is an ordinary field', () => {
  const pattern = { source: ['a'], $or: [{ x: [1] }, { y: [2], $or: [{ z: [3] }, { w: [4] }] }] }
  expect(matches(pattern, { source: 'a', x: 1 })).toBe(true)
  expect(matches(pattern, { source: 'a', y: 2, w: 4 })).toBe(true)
  expect(matches(pattern, { source: 'a', y: 2 })).toBe(false)
  expect(matches(pattern, { source: 'b', x: 1 })).toBe(false)
  expect(matches({ $or: [{ prefix: 'a' }, { prefix: 'b' }] }, { $or: 'beta' })).toBe(true)
})

it('addresses compare by value and a range starts at the address that is written', () => {
  expect(matches({ ip: ['2001:db8::1'] }, { ip: '2001:0DB8:0:0:0:0:0:1' })).toBe(true)
  expect(matches({ ip: [{ cidr: '10.0.0.5/24' }] }, { ip: '10.0.0.255' })).toBe(true)
  expect(matches({ ip: [{ cidr: '10.0.0.5/24' }] }, { ip: '10.0.0.4' })).toBe(false)
  expect(matches({ ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '::a00:1' })).toBe(false)
})

it('hostile patterns are refused at once, with the reason', () => {
  expect(() => checkPattern({ a: [{ wildcard: '*ab'.repeat(2000) }] })).toThrow('Rule is too complex')
  expect(() => checkPattern('{"a":[')).toThrow('Event pattern is not valid. Reason: ')
  expect(() => checkPattern('[]')).toThrow('Filter is not an object')
  expect(() => checkPattern({ a: [{ __proto__: null, constructor: 'b' }] })).toThrow(
    'Unrecognized match type constructor',
  )
  expect(() => checkPattern({ a: [{ numeric: ['>', 6e9] }] })).toThrow('Value must be between -5.0E9 and 5.0E9')
})
