import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Engine, startEngine } from '../../lib/local/dynamodb-engine.ts'
import { freePort } from '../cloud/running.ts'

/** A DynamoDB engine of its own, with the product's table as far as the genealogy uses it. */
export class TestTable {
  readonly folder = mkdtempSync(join(tmpdir(), 'lotline-genealogy-'))
  private engine: Engine | undefined
  private port = 0

  async start(port: number): Promise<void> {
    this.port = await freePort(port)
    this.engine = await startEngine(join(this.folder, 'table.db'), this.port)
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${this.port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'any',
    })
    await this.fresh()
  }

  /** Ends the engine as a power cut does, and starts it again on its file. */
  async restart(): Promise<void> {
    await this.engine!.stop()
    this.engine = await startEngine(join(this.folder, 'table.db'), this.port)
  }

  /** An empty table. */
  async fresh(): Promise<void> {
    const client = new DynamoDBClient({})
    if (process.env.TABLE_NAME) await client.send(new DeleteTableCommand({ TableName: process.env.TABLE_NAME }))
    process.env.TABLE_NAME = `t${Date.now()}${Math.floor(Math.random() * 1e6)}`
    await client.send(
      new CreateTableCommand({
        TableName: process.env.TABLE_NAME,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    )
    client.destroy()
  }

  async stop(): Promise<void> {
    await this.engine?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
