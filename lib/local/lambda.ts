import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud, Resource, Service } from './cloud.ts'
import { dynamodbAccess } from './dynamodb.ts'
import { plannedFaults } from './faults.ts'
import { AsyncInvocations, type AsyncSettings } from './lambda-async.ts'
import { hostedFunction } from './lambda-functions.ts'
import { LambdaPool } from './lambda-pool.ts'
import type { HostedFunction } from './lambda-worker.ts'
import { LogFiles } from './log-files.ts'
import { onlyProperties } from './properties.ts'
import { assertTarget } from './targets.ts'
import { WireError } from './wire-error.ts'

const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024

let functions = new Map<string, HostedFunction>()
let pool: LambdaPool | undefined
let later: AsyncInvocations | undefined
let logs: LogFiles | undefined

/** Lambda: the bundles of the synthesized app in worker threads, with limits, error shapes and retries of the cloud. */
export const lambda: Service = {
  name: 'lambda',
  types: [
    'AWS::Lambda::Function',
    'AWS::Lambda::LayerVersion',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Version',
    'AWS::Lambda::Alias',
  ],

  async start(cloud) {
    functions = new Map(
      cloud.ofType('AWS::Lambda::Function').map((resource) => [resource.ref, hostedFunction(cloud, resource)]),
    )
    const compileCache = join(cloud.data, 'lambda', 'compile-cache')
    mkdirSync(compileCache, { recursive: true })
    const files = new LogFiles(join(cloud.data, 'lambda', 'logs'))
    logs = files
    const lane = { port: cloud.port + 1, dynamodb: dynamodbAccess(), faults: plannedFaults }
    pool = new LambdaPool(functions, { compileCache, lane }, (name, text) => files.append(name, text))
    later = new AsyncInvocations(cloud, settingsByFunction(cloud), (name, event) => invokeWith(name, event, true))
  },

  resume() {
    later?.start()
  },

  async stop() {
    await later?.stop()
    await pool?.stop()
    await logs?.close()
    pool = undefined
    later = undefined
  },
}

/** Runs a function and returns its result; `background` work yields to those who wait for an answer. */
export async function invokeFunction(arnOrName: string, event: unknown, background = false): Promise<unknown> {
  return JSON.parse(await invokeWith(functionName(arnOrName), JSON.stringify(event) ?? 'null', background))
}

/** Queues an asynchronous invocation durably. */
export function invokeFunctionLater(arnOrName: string, event: unknown): Promise<void> {
  if (!later) throw new Error('lambda has not started')
  return later.accept(functionName(arnOrName), event)
}

async function invokeWith(name: string, event: string, background: boolean): Promise<string> {
  if (!pool) throw new Error('lambda has not started')
  // A character takes at most three bytes, so most payloads need no counting.
  if (event.length > PAYLOAD_LIMIT_BYTES / 3 && Buffer.byteLength(event) > PAYLOAD_LIMIT_BYTES)
    throw new WireError(
      413,
      'RequestEntityTooLargeException',
      `the event of ${name} exceeds ${PAYLOAD_LIMIT_BYTES} bytes`,
    )
  const result = await pool.run(name, event, background)
  if (result.length > PAYLOAD_LIMIT_BYTES / 3 && Buffer.byteLength(result) > PAYLOAD_LIMIT_BYTES)
    throw new WireError(
      413,
      'Function.ResponseSizeTooLarge',
      `the result of ${name} exceeds ${PAYLOAD_LIMIT_BYTES} bytes`,
    )
  return result
}

/** Name out of a name, an ARN, or either with a version or alias. */
function functionName(arnOrName: string): string {
  const name = /^(?:arn:[^:]+:lambda:[^:]*:[^:]*:function:)?([^:]+)(?::[^:]+)?$/.exec(arnOrName)?.[1]
  if (!name || !functions.has(name))
    throw new WireError(404, 'ResourceNotFoundException', `Function not found: ${arnOrName}`)
  return name
}

function settingsByFunction(cloud: Cloud): (name: string) => AsyncSettings {
  const configured = new Map(
    cloud.ofType('AWS::Lambda::EventInvokeConfig').map((config) => {
      onlyProperties(
        config,
        'FunctionName',
        'Qualifier',
        'MaximumRetryAttempts',
        'MaximumEventAgeInSeconds',
        'DestinationConfig',
      )
      return [functionName(config.properties.FunctionName), config]
    }),
  )
  const settings = new Map<string, AsyncSettings>()
  for (const resource of cloud.ofType('AWS::Lambda::Function'))
    settings.set(resource.ref, asyncSettings(cloud, resource, configured.get(resource.ref)))
  return (name) => settings.get(name)!
}

function asyncSettings(cloud: Cloud, resource: Resource, config: Resource | undefined): AsyncSettings {
  const destinations = config?.properties.DestinationConfig
  const deadLetter = resource.properties.DeadLetterConfig?.TargetArn
  const onFailure = destinations?.OnFailure?.Destination
  const onSuccess = destinations?.OnSuccess?.Destination
  for (const arn of [deadLetter, onFailure, onSuccess]) if (arn) assertTarget(cloud, arn, `function ${resource.ref}`)
  return {
    retries: config?.properties.MaximumRetryAttempts ?? 2,
    maxAgeMs: (config?.properties.MaximumEventAgeInSeconds ?? 21_600) * 1000,
    ...(deadLetter && { deadLetter }),
    ...(onFailure && { onFailure }),
    ...(onSuccess && { onSuccess }),
  }
}
