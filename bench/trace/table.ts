import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Dynamo } from '../../lib/adapters/dynamo.ts'
import { findProgram } from '../../lib/local/dynamodb-engine.ts'

/** A table to import: its keys are texts named pk and, where it has one, sk. */
export interface Import {
  readonly name: string
  readonly sortKey: boolean
  /** Items in DynamoDB's JSON. */
  readonly items: Iterable<object>
}

/** Items in one file of an import. */
const fileSize = 100_000

/** Makes a database file of the DynamoDB engine from these tables, much faster than by writing item after item. */
export function importTables(folder: string, tables: readonly Import[]): string {
  const source = join(folder, 'export')
  for (const { name, items } of tables) writeExport(join(source, name, 'data'), items)
  const schema = join(folder, 'schema.json')
  writeFileSync(schema, JSON.stringify(tables.map(describe)))
  const output = join(folder, 'edges.db')
  const run = spawnSync(findProgram()!, ['import', '--source', source, '--schema', schema, '--output', output], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`the import of the edges failed: ${run.stderr}`)
  return output
}

function describe({ name, sortKey }: Import) {
  const keys = [
    { AttributeName: 'pk', KeyType: 'HASH' },
    ...(sortKey ? [{ AttributeName: 'sk', KeyType: 'RANGE' }] : []),
  ]
  return {
    Table: {
      TableName: name,
      KeySchema: keys,
      AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
    },
  }
}

function writeExport(folder: string, items: Iterable<object>): void {
  mkdirSync(folder, { recursive: true })
  let lines: string[] = []
  let files = 0
  const flush = () => {
    writeFileSync(join(folder, `${files++}.json.gz`), gzipSync(lines.join(''), { level: 1 }))
    lines = []
  }
  for (const Item of items) if (lines.push(`${JSON.stringify({ Item })}\n`) === fileSize) flush()
  flush()
}

/** Environment in which the SDK asks the engine on this port. */
export const environmentOf = (port: number) => ({
  AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'any',
})

/** The product's own client, for an engine on this port; one a process. */
export async function openClient(port: number): Promise<Dynamo> {
  Object.assign(process.env, environmentOf(port))
  return (await import('../../lib/adapters/dynamo.ts')).dynamo
}
