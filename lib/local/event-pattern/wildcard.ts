const ANY = Symbol('any number of bytes')
type Step = number | typeof ANY

/** EventBridge refuses a field whose wildcards can be in more than this many places of the patterns at once. */
const MOST_PLACES_AT_ONCE = 10
/** Bounds the search for the worst input, so that a hostile pattern is refused instead of taking the processor. */
const MOST_STATES_VISITED = 5_000

/**
 * Compiles a wildcard (`*`, with `\*` and `\\` for the characters themselves) to a test of whole strings.
 * Throws an `Error` with EventBridge's words; positions count bytes from the opening quote of the JSON string.
 */
export function compileWildcard(text: string): (value: string) => boolean {
  const pieces: number[][] = [[]]
  for (const step of steps(text)) {
    if (step === ANY) pieces.push([])
    else pieces.at(-1)!.push(step)
  }
  const [first, ...rest] = pieces.map((piece) => Buffer.from(piece))
  const last = rest.pop()
  return (value) => {
    const bytes = Buffer.from(value)
    if (!last) return bytes.equals(first!)
    if (bytes.length < first!.length + last.length || !bytes.subarray(0, first!.length).equals(first!)) return false
    let from = first!.length
    const end = bytes.length - last.length
    for (const piece of rest) {
      const found = bytes.subarray(0, end).indexOf(piece, from)
      if (found < 0) return false
      from = found + piece.length
    }
    return bytes.subarray(end).equals(last)
  }
}

function steps(text: string): Step[] {
  const bytes = Buffer.from(text)
  const found: Step[] = []
  for (let i = 0; i < bytes.length; i++) {
    const char = String.fromCharCode(bytes[i]!)
    const next = String.fromCharCode(bytes[i + 1] ?? 0)
    if (char === '*' && next === '*') throw new Error(`Consecutive wildcard characters at pos ${i + 1}`)
    if (char === '\\' && next !== '*' && next !== '\\') throw new Error(`Invalid escape character at pos ${i + 1}`)
    if (char === '\\') found.push(bytes[++i]!)
    else found.push(char === '*' ? ANY : bytes[i]!)
  }
  return found
}

/**
 * Whether the wildcards of one field are too complex for EventBridge: how many places of the patterns can an input,
 * the worst one, have reached at the same time? The criterion is event-ruler's MachineComplexityEvaluator.
 */
export function tooComplex(wildcards: readonly string[]): boolean {
  const patterns = wildcards.map((text): Step[] => [0x22, ...steps(text), 0x22])
  const bytes = new Set(patterns.flat().filter((step) => step !== ANY))
  bytes.add(-1) // stands for every byte that no pattern names
  const visited = new Set<string>()
  let frontier = [
    withSkipped(
      patterns,
      patterns.map((_, index) => [index, 0] as const),
    ),
  ]
  while (frontier.length > 0) {
    const reached: Place[][] = []
    for (const places of frontier) {
      for (const byte of bytes) {
        const next = withSkipped(patterns, advance(patterns, places, byte))
        const key = next.join(' ')
        if (visited.has(key)) continue
        if (next.length > MOST_PLACES_AT_ONCE || visited.size >= MOST_STATES_VISITED) return true
        visited.add(key)
        reached.push(next)
      }
    }
    frontier = reached
  }
  return false
}

/** Which pattern, and how many of its steps an input has taken. */
type Place = readonly [pattern: number, steps: number]

function advance(patterns: readonly Step[][], places: readonly Place[], byte: number): Place[] {
  const next = new Map<string, Place>()
  for (const [pattern, taken] of places) {
    if (taken > 0 && patterns[pattern]![taken - 1] === ANY) next.set(`${pattern},${taken}`, [pattern, taken])
    if (patterns[pattern]![taken] === byte) next.set(`${pattern},${taken + 1}`, [pattern, taken + 1])
  }
  return [...next.values()]
}

/** Adds the places behind a `*` that may stand for nothing. */
function withSkipped(patterns: readonly Step[][], places: readonly Place[]): Place[] {
  const all = new Map(places.map((place) => [place.join(), place]))
  for (const [pattern, taken] of places) {
    if (patterns[pattern]![taken] === ANY) all.set(`${pattern},${taken + 1}`, [pattern, taken + 1])
  }
  return [...all.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1])
}
