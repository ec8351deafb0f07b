/** Who came where and when, in columns that grow by doubling, for a large walk makes a million visits. */
export class Visits {
  place: Uint32Array
  /** The edge it came by; -1 at a start. */
  edge: Int32Array
  /** The visit before it; at a start -1 minus the index of the start. */
  before: Int32Array
  arrival: Float64Array
  /** Until when it can be packed on. */
  limit: Float64Array
  /** Edges since the start. */
  steps: Uint32Array
  private length = 0

  constructor(capacity: number) {
    this.place = new Uint32Array(capacity)
    this.edge = new Int32Array(capacity)
    this.before = new Int32Array(capacity)
    this.arrival = new Float64Array(capacity)
    this.limit = new Float64Array(capacity)
    this.steps = new Uint32Array(capacity)
  }

  /** Keeps a visit and returns its index. */
  add(place: number, edge: number, before: number, arrival: number, limit: number, steps: number): number {
    if (this.length === this.place.length) this.grow()
    const at = this.length
    this.place[at] = place
    this.edge[at] = edge
    this.before[at] = before
    this.arrival[at] = arrival
    this.limit[at] = limit
    this.steps[at] = steps
    this.length += 1
    return at
  }

  /** Whether one visit took fewer steps than another, or as many and was found first. */
  isShorter(a: number, b: number): boolean {
    return this.steps[a] === this.steps[b] ? a < b : this.steps[a]! < this.steps[b]!
  }

  /** After the walk only ways are asked for: what led the walk itself may go. */
  keepWays() {
    this.arrival = this.limit = new Float64Array(0)
    this.steps = new Uint32Array(0)
    this.place = this.place.slice(0, this.length)
    this.edge = this.edge.slice(0, this.length)
    this.before = this.before.slice(0, this.length)
  }

  private grow() {
    const larger = new Visits(this.place.length * 2)
    larger.place.set(this.place)
    larger.edge.set(this.edge)
    larger.before.set(this.before)
    larger.arrival.set(this.arrival)
    larger.limit.set(this.limit)
    larger.steps.set(this.steps)
    Object.assign(this, { ...larger, length: this.length })
  }
}
