import { mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud, Principal, Resource } from './cloud.ts'
import type { HostedFunction } from './lambda-worker.ts'
import { onlyProperties } from './properties.ts'

const TAKEN = [
  'FunctionName',
  'Code',
  'Layers',
  'Handler',
  'Runtime',
  'Role',
  'Environment',
  'Timeout',
  'MemorySize',
  'LoggingConfig',
  'DeadLetterConfig',
]
// Limits, descriptions and tracing of the cloud: nothing that the function could notice.
const WITHOUT_EFFECT = [
  'Architectures',
  'Description',
  'EphemeralStorage',
  'KmsKeyArn',
  'PackageType',
  'ReservedConcurrentExecutions',
  'Tags',
  'TracingConfig',
]

/** Reads a function of the template into what a worker needs to host it, with a key pair of its own. */
export function hostedFunction(cloud: Cloud, resource: Resource): HostedFunction {
  onlyProperties(resource, ...TAKEN, ...WITHOUT_EFFECT)
  const { properties, ref: name } = resource
  if (!String(properties.Runtime).startsWith('nodejs'))
    throw new Error(`function ${name} has the runtime ${properties.Runtime}; the local cloud runs nodejs only`)
  const folder = codeFolder(cloud, resource)
  const memoryMb = properties.MemorySize ?? 128
  const principal = cloud.assumed(properties.Role, name)
  return {
    name,
    arn: resource.attributes.Arn!,
    folder,
    layers: (properties.Layers ?? []).map((arn: string) => layerFolder(cloud, cloud.find(arn))),
    handler: properties.Handler,
    memoryMb,
    timeoutMs: (properties.Timeout ?? 3) * 1000,
    principal,
    environment: environmentOf(cloud, resource, folder, memoryMb, principal),
  }
}

function codeFolder(cloud: Cloud, { properties, ref }: Resource): string {
  const { S3Key, ZipFile } = properties.Code
  if (ZipFile !== undefined) {
    const folder = join(cloud.data, 'lambda', 'inline', ref)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'index.js'), ZipFile)
    return folder
  }
  if (!S3Key) throw new Error(`function ${ref} is neither an asset nor inline code, which is all the local cloud runs`)
  return assetFolder(cloud, S3Key, `function ${ref}`)
}

function layerFolder(cloud: Cloud, layer: Resource): string {
  onlyProperties(layer, 'Content', 'LayerName', 'CompatibleArchitectures', 'CompatibleRuntimes', 'Description')
  return assetFolder(cloud, layer.properties.Content.S3Key, `layer ${layer.ref}`)
}

function assetFolder(cloud: Cloud, key: string, of: string): string {
  // As modules know where they are.
  const folder = realpathSync(cloud.asset(key))
  if (!statSync(folder).isDirectory()) throw new Error(`the code asset ${folder} of ${of} is not a folder`)
  return folder
}

/** Where the API answers on this machine. */
const publicUrl = (cloud: Cloud) =>
  `http://127.0.0.1:${cloud.port}/${cloud.ofType('AWS::ApiGateway::Stage')[0]?.properties.StageName}`

function environmentOf(
  cloud: Cloud,
  { properties, ref }: Resource,
  folder: string,
  memoryMb: number,
  principal: Principal,
): Record<string, string> {
  const key = cloud.accessKey(principal)
  const variables: Record<string, string> = { ...properties.Environment?.Variables }
  // The domain of a deployment leads nowhere from here.
  if ('PUBLIC_URL' in variables) variables.PUBLIC_URL = publicUrl(cloud)
  return {
    ...variables,
    _HANDLER: properties.Handler,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    // Not the settings of whoever runs this: a function in the cloud has no such files.
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_DEFAULT_REGION: cloud.region,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${cloud.port + 1}`,
    AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: ref,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${ref}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: cloud.region,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    LAMBDA_TASK_ROOT: folder,
    TZ: ':UTC',
  }
}
