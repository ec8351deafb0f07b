import { type Condition, compileCondition, type Leaf } from './event-pattern/condition.ts'
import { isList, isObject, type Json, type JsonObject, readJson } from './event-pattern/json-text.ts'
import { tooComplex } from './event-pattern/wildcard.ts'

/** What `PutRule` and `TestEventPattern` answer when a pattern is malformed; the message has AWS's wording. */
export class InvalidEventPatternException extends Error {
  override readonly name = 'InvalidEventPatternException'
  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`)
  }
}

/**
 * Throws `InvalidEventPatternException` when EventBridge would refuse the pattern.
 * @param pattern JSON text, in which repeated keys count, or a parsed value
 */
export function checkPattern(pattern: unknown): void {
  compile(pattern)
}

/**
 * Whether EventBridge would give the event to a rule with this pattern. Behaviour follows aws/event-ruler (Apache-2.0).
 * Throws `InvalidEventPatternException` for a malformed pattern and `SyntaxError` for an event text that is not JSON.
 * @param pattern JSON text, in which repeated keys count, or a parsed value
 * @param event JSON text or a parsed value; anything but an object matches nothing
 */
export function matches(pattern: unknown, event: unknown): boolean {
  const clauses = compiled(pattern)
  const fields = flattened(event)
  return fields !== undefined && clauses.some((clause) => holds(clause, fields))
}

const clausesOf = { text: new Map<string, Clause[]>(), value: new WeakMap<object, Clause[]>() }

/** A pattern is asked again and again: each rule's for every event of its bus. */
function compiled(pattern: unknown): Clause[] {
  const isText = typeof pattern === 'string'
  const known = isText ? clausesOf.text.get(pattern) : clausesOf.value.get(pattern as object)
  if (known) return known
  const clauses = compile(pattern)
  if (isText) clausesOf.text.set(pattern, clauses)
  else clausesOf.value.set(pattern as object, clauses)
  return clauses
}

let last: { readonly event: unknown; readonly fields: ReadonlyMap<string, Field[]> | undefined } | undefined

/** The fields of an event; the rules of a bus ask for those of the same event one after another. */
function flattened(event: unknown): ReadonlyMap<string, Field[]> | undefined {
  if (last && typeof event === 'object' && last.event === event) return last.fields
  const root = readJson(event)
  last = { event, fields: isObject(root) ? fieldsOf(root) : undefined }
  return last.fields
}

/**
 * Fields that must all hold: dotted path to its alternatives, in alphabetical order. A pattern is one clause for each
 * combination of `$or`.
 */
type Clause = Map<string, readonly Condition[]>

function compile(pattern: unknown): Clause[] {
  try {
    const root = readJson(pattern)
    if (!isObject(root)) throw new Error('Filter is not an object')
    const clauses = addFields([new Map()], [], root)
    for (const clause of clauses) {
      for (const conditions of clause.values()) {
        if (tooComplex(conditions.flatMap((condition) => condition.wildcards))) {
          throw new Error(
            'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
          )
        }
      }
    }
    return clauses.map((clause) => new Map([...clause].sort(([a], [b]) => (a < b ? -1 : 1))))
  } catch (error) {
    throw new InvalidEventPatternException((error as Error).message)
  }
}

function addFields(clauses: Clause[], path: readonly string[], { members }: JsonObject): Clause[] {
  if (members.length === 0) throw new Error('Empty objects are not allowed')
  return members.reduce((sofar, [name, value]) => {
    if (name === '$or' && isAlternatives(value)) {
      return value.flatMap((branch) =>
        addFields(
          sofar.map((clause) => new Map(clause)),
          path,
          branch,
        ),
      )
    }
    if (isObject(value)) return addFields(sofar, [...path, name], value)
    if (!isList(value)) throw new Error(`"${name}" must be an object or an array`)
    if (value.length === 0) throw new Error('Empty arrays are not allowed')
    const conditions = value.map(compileCondition)
    // A path given twice keeps its last conditions.
    for (const clause of sofar) clause.set([...path, name].join('.'), conditions)
    return sofar
  }, clauses)
}

/** Names that make `$or` an ordinary field, because older patterns used it as one. */
const RESERVED = new Set(
  `exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard
  not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range
  ip-address-not-in-range`.split(/\s+/),
)

const isAlternatives = (value: Json): value is readonly JsonObject[] =>
  isList(value) &&
  value.length >= 2 &&
  value.every((branch) => isObject(branch) && !branch.members.some(([name]) => RESERVED.has(name)))

/** Which element of which array a value comes from: array number to element index. */
type Membership = ReadonlyMap<number, number>

interface Field {
  readonly leaf: Leaf
  readonly membership: Membership
}

/** Flattens an event to dotted paths; a path has several fields where arrays or repeated keys give it several values. */
function fieldsOf(root: JsonObject): Map<string, Field[]> {
  const fields = new Map<string, Field[]>()
  let arrays = 0
  const visit = (path: readonly string[], value: Json, membership: Membership): void => {
    if (isObject(value)) {
      for (const [name, member] of value.members) visit([...path, name], member, membership)
    } else if (isList(value)) {
      const array = arrays++
      for (const [index, item] of value.entries()) {
        const nested = typeof item === 'object' && item !== null
        visit(path, item, nested ? new Map(membership).set(array, index) : membership)
      }
    } else {
      const key = path.join('.')
      fields.set(key, [...(fields.get(key) ?? []), { leaf: value as Leaf, membership }])
    }
  }
  visit([], root, new Map())
  return fields
}

/**
 * Fields of one array must be found in the same element of it. Paths are taken in alphabetical order and an absent field
 * is looked for only beside the elements chosen so far: that order is EventBridge's and shows in results.
 */
function holds(clause: Clause, fields: ReadonlyMap<string, readonly Field[]>): boolean {
  let chosen = new Map<string, Membership>([['', new Map()]])
  for (const [path, conditions] of clause) {
    const found = fields.get(path) ?? []
    const next = new Map<string, Membership>()
    for (const [key, membership] of chosen) {
      const beside = found.flatMap((field) => {
        const both = joinMemberships(membership, field.membership)
        return both ? [{ leaf: field.leaf, both }] : []
      })
      if (beside.length === 0 && conditions.some((condition) => condition.absent)) next.set(key, membership)
      for (const { leaf, both } of beside) {
        if (conditions.some((condition) => condition.accepts(leaf))) next.set([...both].sort().join(), both)
      }
    }
    if (next.size === 0) return false
    chosen = next
  }
  return true
}

function joinMemberships(a: Membership, b: Membership): Membership | undefined {
  for (const [array, index] of b) if ((a.get(array) ?? index) !== index) return undefined
  return new Map([...a, ...b])
}
