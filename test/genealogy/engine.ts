import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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

  /** Ends the engine by kill -9, in the middle of whatever it does, and starts it again on its file. */
  async kill(): Promise<void> {
    const database = join(this.folder, 'table.db')
    const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid))
    const engines = processes.filter((pid) => isEngineOn(database, pid))
    if (engines.length === 0) throw new Error(`no engine serves ${database}`)
    for (const pid of engines) process.kill(Number(pid), 'SIGKILL')
    await this.engine!.stop()
    this.engine = await startEngine(database, this.port)
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

/** Whether a process is the engine itself, not the shell that guards it; one that has just ended is none. */
function isEngineOn(database: string, pid: string): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return program.endsWith('dynoxide') && args.includes(database)
  } catch {
    return false
  }
}
