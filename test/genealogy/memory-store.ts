import type { StoredEdge } from '#kit'
import { keys, tailShards } from '#kit/keys'
import { tailCopies } from '#kit/settle'
import { countIn } from '../../lib/adapters/items.ts'
import { encodeDelta } from '../../lib/genealogy/delta.ts'
import type { Client } from './adapters.ts'

type Item = Record<string, any>

/** The genealogy's part of the table in memory, for more histories than an engine on a disk takes in minutes. */
export class MemoryStore {
  /** Called before each part of a piece is written. */
  beforePut: () => Promise<void> = async () => {}
  private readonly partitions = new Map<string, Map<string, Item>>()
  private commands = 0

  private at(pk: string): Map<string, Item> {
    if (!this.partitions.has(pk)) this.partitions.set(pk, new Map())
    return this.partitions.get(pk)!
  }

  private item = ({ pk, sk }: Item): Item | undefined => this.at(pk).get(sk)

  private get tail(): number {
    return this.item({ pk: keys.epoch(0), sk: keys.state })?.tail ?? 0
  }

  /** One command that records these edges; requests have no order. */
  record(edges: readonly StoredEdge[]): void {
    const [copy, tail] = [this.commands % tailCopies, this.tail]
    this.commands += 1
    const request = String((this.commands * 7919) % 99_991)
    this.at(keys.tail(tail, copy % tailShards)).set(request, { sk: request, delta: encodeDelta(edges) })
    const counted = this.item({ pk: keys.epoch(copy), sk: keys.state }) ?? {}
    this.put({ ...counted, pk: keys.epoch(copy), sk: keys.state, [countIn(tail)]: (counted[countIn(tail)] ?? 0) + 1 })
  }

  /** Ends the tail that stands. */
  closeTail = async (): Promise<number> => {
    const tail = this.tail + 1
    for (let copy = 0; copy < tailCopies; copy += 1) this.put({ pk: keys.epoch(copy), sk: keys.state, tail })
    return tail
  }

  private put(item: Item): void {
    this.at(item.pk).set(item.sk, item)
  }

  /** What the store's client asks of it. */
  private readonly calls: Record<string, (input: any) => unknown> = {
    BatchGetCommand: ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries<any>(RequestItems).map(([table, { Keys }]) => [table, Keys.map(this.item).filter(Boolean)]),
      ),
    }),
    QueryCommand: ({ ExpressionAttributeValues }) => ({
      Items: [...this.at(ExpressionAttributeValues[':pk']).values()].sort((a, b) => (a.sk < b.sk ? -1 : 1)),
    }),
    PutCommand: ({ Item }) => this.beforePut().then(() => this.put(Item)),
    UpdateCommand: ({ Key }) => {
      const fence = (this.item(Key)?.fence ?? 0) + 1
      this.put({ ...Key, fence })
      return { Attributes: { fence } }
    },
    TransactWriteCommand: ({ TransactItems }) => this.put(TransactItems[0].Put.Item),
  }

  readonly client = {
    send: async (command: any) => this.calls[command.constructor.name]!(command.input),
  } as unknown as Client
}
