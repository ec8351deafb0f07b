/** Children of a node of the heap: four lie in one line of the processor's memory, so that fewer lines are read than with two. */
const width = 4

/** A queue that gives the item with the lowest key first; a heap that holds the keys beside the items. */
export class Queue {
  private readonly keys: number[] = []
  private readonly items: number[] = []
  private readonly before: (a: number, b: number) => boolean

  /** `before` decides between two items of one key. */
  constructor(before: (a: number, b: number) => boolean) {
    this.before = before
  }

  push(key: number, item: number) {
    const { keys, items } = this
    let place = keys.push(key) - 1
    items.push(item)
    while (place > 0) {
      const above = (place - 1) >>> 2
      const other = keys[above]!
      if (key > other || (key === other && !this.before(item, items[above]!))) break
      keys[place] = other
      items[place] = items[above]!
      place = above
    }
    keys[place] = key
    items[place] = item
  }

  pop(): number | undefined {
    const first = this.items[0]
    const key = this.keys.pop()
    const item = this.items.pop()
    if (key !== undefined && this.keys.length > 0) this.sink(key, item!)
    return first
  }

  /** Puts an item in the place of the first and lets it sink to where it belongs. */
  private sink(key: number, item: number) {
    const { keys, items } = this
    const length = keys.length
    let place = 0
    for (let below = 1; below < length; below = width * place + 1) {
      let least = below
      const end = Math.min(below + width, length)
      for (let child = below + 1; child < end; child += 1) {
        const [one, other] = [keys[child]!, keys[least]!]
        if (one < other || (one === other && this.before(items[child]!, items[least]!))) least = child
      }
      if (key < keys[least]! || (key === keys[least] && this.before(item, items[least]!))) break
      keys[place] = keys[least]!
      items[place] = items[least]!
      place = least
    }
    keys[place] = key
    items[place] = item
  }
}
