/** A queue of numbers that gives the first in order; a binary heap. */
export class Queue {
  private readonly heap: number[] = []
  private readonly before: (a: number, b: number) => boolean

  constructor(before: (a: number, b: number) => boolean) {
    this.before = before
  }

  push(item: number) {
    const { heap, before } = this
    let place = heap.push(item) - 1
    while (place > 0) {
      const above = (place - 1) >>> 1
      if (!before(item, heap[above]!)) break
      heap[place] = heap[above]!
      place = above
    }
    heap[place] = item
  }

  pop(): number | undefined {
    const { heap, before } = this
    const first = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    let place = 0
    for (let below = 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below += 1
      if (!before(heap[below]!, last)) break
      heap[place] = heap[below]!
      place = below
    }
    heap[place] = last
    return first
  }
}
