import type { Part } from './part.ts'

interface Call {
  readonly place: number
  /** Where to go on among its edges. */
  at: number
}

/** Sets of places that lie on loops of the walked edges: strongly connected components (Tarjan 1972, without recursion). */
export function loopsOf(part: Part, walked: Uint8Array): number[][] {
  // Every loop somewhere leads back to a node that was made before.
  return walked.some((one, edge) => one === 1 && part.to[edge]! <= part.from[edge]!) ? components(part, walked) : []
}

function components({ outOf, to, numbers }: Part, walked: Uint8Array): number[][] {
  const index = new Int32Array(numbers.length).fill(-1)
  const low = new Int32Array(numbers.length)
  const isOpen = new Uint8Array(numbers.length)
  const open: number[] = []
  const loops: number[][] = []
  let count = 0
  const enter = (place: number, calls: Call[]) => {
    index[place] = low[place] = count
    count += 1
    open.push(place)
    isOpen[place] = 1
    calls.push({ place, at: outOf.offsets[place]! })
  }
  const leave = (place: number) => {
    if (low[place] !== index[place]) return
    const loop = open.splice(open.lastIndexOf(place))
    for (const member of loop) isOpen[member] = 0
    if (loop.length > 1 || outOf.with(place, place).some((edge) => walked[edge] === 1)) loops.push(loop)
  }
  const visit = (call: Call, calls: Call[]) => {
    const edge = outOf.edges[call.at]!
    call.at += 1
    if (walked[edge] !== 1) return
    const next = to[edge]!
    if (index[next]! < 0) enter(next, calls)
    else if (isOpen[next]) low[call.place] = Math.min(low[call.place]!, index[next]!)
  }
  for (let root = 0; root < numbers.length; root += 1) {
    const calls: Call[] = []
    if (index[root]! < 0 && outOf.at(root).some((edge) => walked[edge] === 1)) enter(root, calls)
    for (let call = calls.at(-1); call; call = calls.at(-1)) {
      if (call.at < outOf.offsets[call.place + 1]!) {
        visit(call, calls)
        continue
      }
      calls.pop()
      const above = calls.at(-1)
      if (above) low[above.place] = Math.min(low[above.place]!, low[call.place]!)
      leave(call.place)
    }
  }
  return loops
}
