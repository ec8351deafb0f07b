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

/** Answer to an SDK call; an error answer carries `x-amzn-errortype` and `{ message }`. */
export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** A service that answers SDK calls registers one of these per signing name. */
export interface WireService {
  /** IAM action and resource of a call, checked against the caller's policy before `answer` runs. */
  authorize(call: Omit<WireCall, 'principal'>): { action: string; resource: string }[]
  answer(call: WireCall): Promise<WireAnswer>
}

/** A web page or endpoint of the local cloud's own (not of the product), under `/_local/`. */
export type LocalPage = (
  request: import('node:http').IncomingMessage,
  response: import('node:http').ServerResponse,
) => void | Promise<void>

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

  /** Runs a Lambda function by ARN or name; rejects with the function's error object on an unhandled error. */
  invoke(functionArn: string, event: unknown): Promise<unknown>
  /** Appends to a queue durably; resolves when the message would survive a `kill -9`. */
  send(queueArn: string, body: string, attributes?: Record<string, string>): Promise<void>
  /** Puts an object under `<data>/s3/<bucket>/<key>`. */
  putObject(bucket: string, key: string, body: string | Buffer): Promise<void>
  /** Registers the answerer of one AWS signing name at the SDK endpoint. */
  wire(signingName: string, service: WireService): void
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
  stop(): Promise<void>
}
