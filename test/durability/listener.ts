import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

const queue = 'test-listener'

/** Adds a queue to a synthesized app that hears every fact of the bus, as another system of the company would. */
export function addListener(out: string): void {
  const [file] = readdirSync(out).filter((name) => name.endsWith('-events.template.json'))
  const path = join(out, file!)
  const template = JSON.parse(readFileSync(path, 'utf8'))
  const [bus] = Object.entries<any>(template.Resources).find(([, { Type }]) => Type === 'AWS::Events::EventBus')!
  Object.assign(template.Resources, {
    ListenerQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: queue, VisibilityTimeout: 10 } },
    ListenerRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: bus },
        EventPattern: { source: [{ prefix: 'lotline.' }] },
        State: 'ENABLED',
        Targets: [{ Id: 'Listener', Arn: { 'Fn::GetAtt': ['ListenerQueue', 'Arn'] } }],
      },
    },
  })
  writeFileSync(path, JSON.stringify(template))
}

/** Takes facts from that queue for as long as it lives; the cloud may go and come back meanwhile. */
export class Listener {
  /** How often each fact was heard, by its hash. */
  readonly heard = new Map<string, number>()
  private readonly client: SQSClient
  private stopping = false
  private readonly loop: Promise<void>

  constructor(port: number) {
    this.client = new SQSClient({
      endpoint: `http://127.0.0.1:${port + 1}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'any' },
      maxAttempts: 1,
    })
    this.loop = this.listen()
  }

  async stop(): Promise<void> {
    this.stopping = true
    await this.loop
    this.client.destroy()
  }

  private async listen(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.take()
      } catch {
        // The cloud is down; it comes back.
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  private async take(): Promise<void> {
    const { QueueUrl } = await this.client.send(new GetQueueUrlCommand({ QueueName: queue }))
    const { Messages = [] } = await this.client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    )
    for (const { Body } of Messages) {
      const { hash } = JSON.parse(Body!).detail
      this.heard.set(hash, (this.heard.get(hash) ?? 0) + 1)
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    if (Entries.length > 0) await this.client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
}
