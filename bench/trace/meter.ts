import { BatchGetCommand } from '@aws-sdk/lib-dynamodb'
import { type Dynamo, operationOf } from '../../lib/adapters/dynamo.ts'
import { type Attributes, readUnitsOf, sizeOf, writeUnitsOf } from './size.ts'

/** What some work read. */
export interface Reads {
  readonly calls: number
  /** Longest chain of calls of which each began only after the one before had been answered. */
  readonly rounds: number
  readonly readUnits: number
  /** Bytes of the items read. */
  readonly bytes: number
}

/** A written item where the call shows it whole, else the key under which the table has it. */
interface Written {
  readonly table: string
  readonly item?: Attributes
  readonly key?: Attributes
  /** Transactions pay twice: to prepare and to commit. */
  readonly times: 1 | 2
}

/**
 * Counts what a client asks of the table, in capacity units computed from the sizes of the items by Amazon's rules:
 * an engine on this machine bills nobody. Failed calls count as calls only.
 */
export class Meter {
  private readonly client: Dynamo
  private paused = false
  private calls = 0
  private rounds = 0
  private readUnits = 0
  private bytes = 0
  private written: Written[] = []

  constructor(client: Dynamo) {
    this.client = client
    const send = client.send
    client.send = async (command: any) => {
      if (this.paused) return send(command)
      this.calls += 1
      const round = this.rounds + 1
      const output: any = await send(command)
      this.rounds = Math.max(this.rounds, round)
      this.count(operationOf(command), command.input, output)
      return output
    }
  }

  reset(): void {
    Object.assign(this, { calls: 0, rounds: 0, readUnits: 0, bytes: 0, written: [] })
  }

  /** What was read since the last reset. */
  reads(): Reads {
    const { calls, rounds, readUnits, bytes } = this
    return { calls, rounds, readUnits, bytes }
  }

  /** Units of what was written since the last reset; updates and checks are priced by the item as it stands now. */
  async writeUnits(): Promise<number> {
    let units = 0
    for (const { item, times } of this.written) if (item) units += writeUnitsOf(sizeOf(item)) * times
    const others = this.written.filter(({ item }) => !item)
    for (let start = 0; start < others.length; start += 100) {
      const some = others.slice(start, start + 100)
      const sizes = await this.sizes(some)
      for (const { table, key, times } of some) units += writeUnitsOf(sizes.get(nameOf(table, key!)) ?? 0) * times
    }
    return units
  }

  private count(command: string, input: any, output: any): void {
    switch (command) {
      case 'GetItem':
        this.read([output.Item ?? {}], input)
        break
      case 'Query':
        if (input.ProjectionExpression) throw new Error('The meter cannot see what a projected query read.')
        this.readTogether(output.Items ?? [], input)
        break
      case 'BatchGetItem':
        for (const [table, request] of Object.entries<any>(input.RequestItems)) {
          const found = output.Responses?.[table] ?? []
          const left = output.UnprocessedKeys?.[table]?.Keys?.length ?? 0
          const absent = Array.from({ length: request.Keys.length - left - found.length }, () => ({}))
          this.read([...found, ...absent], request)
        }
        break
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        this.write(input, 1)
        break
      case 'BatchWriteItem':
        for (const [TableName, requests] of Object.entries<any>(input.RequestItems))
          for (const request of requests) this.write({ TableName, ...actionOf(request) }, 1)
        break
      case 'TransactWriteItems':
        for (const action of input.TransactItems) this.write(actionOf(action), 2)
        break
      default:
        throw new Error(`The meter does not know the price of ${command}.`)
    }
  }

  private write(action: any, times: 1 | 2): void {
    this.written.push({ table: action.TableName, item: action.Item, key: action.Key, times })
  }

  /** Items read one by one: each is rounded up. */
  private read(items: readonly Attributes[], { ConsistentRead }: { ConsistentRead?: boolean }): void {
    for (const item of items) this.readTogether([item], { ConsistentRead: ConsistentRead ?? false })
  }

  /** Items of a page: their sum is rounded up. */
  private readTogether(items: readonly Attributes[], { ConsistentRead }: { ConsistentRead?: boolean }): void {
    const bytes = items.reduce((sum, item) => sum + sizeOf(item), 0)
    this.bytes += bytes
    this.readUnits += readUnitsOf(bytes) * (ConsistentRead ? 1 : 0.5)
  }

  private async sizes(written: readonly Written[]): Promise<Map<string, number>> {
    const keys = new Map<string, Attributes[]>()
    const distinct = new Map(written.map(({ table, key }) => [nameOf(table, key!), { table, key: key! }]))
    for (const { table, key } of distinct.values()) keys.set(table, [...(keys.get(table) ?? []), key])
    const sizes = new Map<string, number>()
    this.paused = true
    let left: Record<string, any> = Object.fromEntries(
      [...keys].map(([table, Keys]) => [table, { Keys, ConsistentRead: true }]),
    )
    while (Object.keys(left).length > 0) {
      const { Responses = {}, UnprocessedKeys = {} } = await this.client.send(
        new BatchGetCommand({ RequestItems: left }),
      )
      for (const [table, items] of Object.entries(Responses))
        for (const item of items) {
          const key = Object.fromEntries(Object.keys(keys.get(table)![0]!).map((name) => [name, item[name]]))
          sizes.set(nameOf(table, key), sizeOf(item))
        }
      left = UnprocessedKeys
    }
    this.paused = false
    return sizes
  }
}

/** The put, update, delete or check that stands in an entry of a batch or transaction. */
const actionOf = (entry: object): any => Object.values(entry)[0]

const nameOf = (table: string, key: Attributes) => JSON.stringify([table, ...Object.entries(key).sort()])
