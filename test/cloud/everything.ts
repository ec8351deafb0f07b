import { ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Item } from '../../lib/adapters/items.ts'

/** Every item of the table that passes the filter, strongly consistent; `openTable` must have run. */
export async function everything(filter: Partial<ScanCommandInput> = {}): Promise<Item[]> {
  const { dynamo, tableName } = await import('../../lib/adapters/dynamo.ts')
  const items: Item[] = []
  let from: Record<string, unknown> | undefined
  do {
    const page = await dynamo.send(
      new ScanCommand({ ...filter, TableName: tableName(), ConsistentRead: true, ExclusiveStartKey: from }),
    )
    items.push(...((page.Items ?? []) as Item[]))
    from = page.LastEvaluatedKey
  } while (from)
  return items
}
