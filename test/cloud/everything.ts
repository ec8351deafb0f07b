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
    items.push(...((page.Items ?? []) as Item[]).map(opened))
    from = page.LastEvaluatedKey
  } while (from)
  return items
}

/** With state, fact and answer as what they are: the table keeps them as JSON. */
function opened(item: Item): Item {
  const texts = Object.entries(item).filter(([name]) => name === 'data' || name === 'fact' || name === 'answer')
  return { ...item, ...Object.fromEntries(texts.map(([name, text]) => [name, JSON.parse(text as string)])) }
}
