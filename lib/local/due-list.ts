/** An id and when it is due, milliseconds since 1970. */
export interface Due {
  readonly at: number
  readonly id: string
}

/** What becomes due at some time: a binary heap, as most of what is added is due long after all that is there. */
export class DueList {
  private readonly heap: Due[] = []

  /** When the next one is due. */
  get next(): number | undefined {
    return this.heap[0]?.at
  }

  add(at: number, id: string): void {
    const { heap } = this
    let place = heap.push({ at, id }) - 1
    for (let above = (place - 1) >> 1; place > 0 && heap[above]!.at > at; above = (place - 1) >> 1) {
      this.swap(place, above)
      place = above
    }
  }

  /** Takes out what is due now, in order. */
  *due(now: number): Iterable<Due> {
    while (this.heap.length > 0 && this.heap[0]!.at <= now) yield this.takeFirst()
  }

  private takeFirst(): Due {
    const { heap } = this
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    heap[0] = last
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2]
      const lower = right < heap.length && heap[right]!.at < heap[left]!.at ? right : left
      if (lower >= heap.length || heap[lower]!.at >= heap[place]!.at) return first
      this.swap(place, lower)
      place = lower
    }
  }

  private swap(one: number, other: number): void {
    const { heap } = this
    ;[heap[one], heap[other]] = [heap[other]!, heap[one]!]
  }
}
