/** One resource of the synthesized app with every intrinsic function already resolved. */
export interface Resource {
  readonly stack: string
  readonly logicalId: string
  /** CloudFormation type, e.g. `AWS::SQS::Queue`. */
  readonly type: string
  readonly properties: Readonly<Record<string, any>>
  /** What `Ref` gives. */
  readonly ref: string
  /** What `Fn::GetAtt` gives; always has `Arn` where the type has one. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Who makes an SDK call, with the policy statements of that principal's synthesized role. */
export interface Principal {
  readonly name: string
  readonly arn: string
  readonly statements: readonly any[]
}

/** Credentials for SDK calls. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** One call of the AWS SDK that arrived over HTTP, authorized already. */
export interface WireCall {
  /** Signing name of the service, e.g. `dynamodb`, `states`, `iotdata`, `timestream`. */
  readonly service: string
  /** Operation of a target-header protocol (`PutEvents`); empty for REST-style services. */
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly principal: Principal
}

/**
 * Answer to an SDK call; an error answer carries `x-amzn-errortype` and `{ message }`. A service may also throw a
 * `WireError`, which the SDK endpoint turns into that answer.
 */
export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** What a call needs: an IAM action on a resource; `context` are values for conditions, e.g. `dynamodb:LeadingKeys`. */
export interface Permission {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, readonly string[]>>
}

/** A service that answers SDK calls registers one of these per signing name. */
export interface WireService {
  /** IAM action and resource of a call, checked against the caller's policy before `answer` runs. */
  authorize(call: Omit<WireCall, 'principal'>): Permission[]
  answer(call: WireCall): Promise<WireAnswer>
}

/** A web page or endpoint of the local cloud's own (not of the product), under `/_local/`. */
export type LocalPage = (
  request: import('node:http').IncomingMessage,
  response: import('node:http').ServerResponse,
) => void | Promise<void>

/** One entry of EventBridge's `PutEvents`; `Detail` is JSON text. */
export interface EventEntry {
  readonly EventBusName?: string
  readonly Source: string
  readonly DetailType: string
  readonly Detail: string
  readonly Resources?: readonly string[]
  /** Seconds since 1970, as the SDK sends it. */
  readonly Time?: number
}

/** What each emulated service may use; services reach each other only through here. */
export interface Cloud {
  readonly region: string
  readonly account: string
  /** The data folder (default `.lotline/`); a service keeps its files in a subfolder of its own name. */
  readonly data: string
  /** Port of the main HTTP door (API, docs, outbox); SDK endpoint, MQTT and MQTT-TLS are `+1`, `+2`, `+3`. */
  readonly port: number
  /** Seed of every random choice (duplicates, order), so that a run can be repeated. */
  readonly seed: number
  readonly resources: readonly Resource[]
  ofType(type: string): Resource[]
  /** Finds a resource by ARN or `Ref`; throws an error that names what is missing. */
  find(arnOrRef: string): Resource
  /** Reads a file or folder asset of the synthesized app by the object key that the template uses. */
  asset(objectKey: string): string
  log(service: string, message: string): void

  /**
   * Runs a Lambda function by ARN or name; rejects with the function's error object on an unhandled error.
   * `background` work (queues, streams) yields to those who wait for an answer.
   */
  invoke(functionArn: string, event: unknown, background?: boolean): Promise<unknown>
  /** Queues an asynchronous invocation durably; Lambda's retries and failure destinations follow. */
  invokeLater(functionArn: string, event: unknown): Promise<void>
  /** Starts a state machine durably and returns the execution's ARN; the same name with the same input starts it once. */
  startExecution(machineArn: string, input: unknown, name?: string): Promise<string>
  /** Puts events on their buses; resolves with their ids when every target would get them even after a `kill -9`. */
  putEvents(entries: readonly EventEntry[]): Promise<string[]>
  /** Calls the DynamoDB engine, unrestricted, e.g. `DynamoDB_20120810.GetItem`; rejects with a `WireError`. */
  dynamodb(target: string, input: unknown): Promise<any>
  /** Appends to a queue durably; resolves when the message would survive a `kill -9`. */
  send(queueArn: string, body: string, attributes?: Record<string, string>): Promise<void>
  /** Puts an object under `<data>/s3/<bucket>/<key>`. */
  putObject(bucket: string, key: string, body: string | Buffer): Promise<void>
  /** Registers the answerer of one AWS signing name at the SDK endpoint. */
  wire(signingName: string, service: WireService): void
  /** The registered answerer of a signing name. */
  wired(signingName: string): WireService | undefined
  /** Makes a key pair with which a principal can sign SDK calls until the next start. */
  accessKey(principal: Principal): AccessKey
  /** Who signs with an access key. */
  signer(accessKeyId: string): Principal | undefined
  /** The principal of a role of the app, for calls that a service makes in that role. */
  assumed(roleArn: string, session: string): Principal
  /** Where services keep what has to survive a crash. */
  readonly journal: import('./journal.ts').Journal
  /** A source of numbers from 0 to 1 of a service's own, repeatable by `seed`. */
  random(service: string): () => number
  /** Registers a local page, e.g. `/_local/outbox`, which also gets the paths under it; loopback callers only. */
  page(path: string, page: LocalPage): void
  /** Every registered page by its path: the main HTTP door serves them and lists them on `/_local/`. */
  readonly pages: ReadonlyMap<string, LocalPage>
}

/** One emulated service: one file, one of these; `bin/local.ts` starts them in the order of one list. */
export interface Service {
  readonly name: string
  /** Resource types it implements; a template type that no service names stops the start with its name. */
  readonly types: readonly string[]
  start(cloud: Cloud): Promise<void>
  /** Takes up what an earlier run left undone; called when every service has started. */
  resume?(): void | Promise<void>
  /** Called in the reverse order, also when `start` failed. */
  stop(): Promise<void>
}
