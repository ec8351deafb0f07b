/** More than one command can make: a birth is at least two of the 100 items of its transaction. */
const reserve = 64
/** A block doubles from the smallest to the largest size while blocks are used up within a minute. */
const [smallest, largest] = [32, 1024]
const quickly = 60_000

/** Numbers for the genealogy nodes that one function makes. */
export interface NodeNumbers {
  /** Leases more where a command could need more than are left. */
  ready(): Promise<void>
  /** The next number; fails where `ready` was not awaited. */
  next(): number
}

/**
 * Takes node numbers in blocks, so that they stay dense without one counter that every command would wait for.
 * `lease` gives the first of so many numbers in a row, `now` is in milliseconds. What is never used remains a hole.
 */
export function nodeNumbers(lease: (count: number) => Promise<number>, now: () => number): NodeNumbers {
  const blocks: { next: number; readonly end: number }[] = []
  const left = () => blocks.reduce((sum, { next, end }) => sum + end - next, 0)
  let size = smallest
  let leasedAt = Number.NEGATIVE_INFINITY
  let leasing: Promise<void> | undefined

  async function leaseBlock() {
    size = now() - leasedAt < quickly ? Math.min(2 * size, largest) : smallest
    leasedAt = now()
    const count = Math.max(size, reserve - left())
    const first = await lease(count)
    blocks.push({ next: first, end: first + count })
  }

  return {
    async ready() {
      while (left() < reserve) {
        leasing ??= leaseBlock().finally(() => {
          leasing = undefined
        })
        await leasing
      }
    },
    next() {
      while (blocks[0]?.next === blocks[0]?.end && blocks.length > 0) blocks.shift()
      const block = blocks[0]
      if (!block)
        throw new Error('No node number is left. A command makes at most 64 nodes; await "ready" before each.')
      return block.next++
    },
  }
}
