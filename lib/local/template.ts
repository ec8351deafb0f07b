import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve as resolvePath } from 'node:path'
import type { Resource } from './cloud.ts'
import { type Json, NO_VALUE, resolve, type Scope } from './intrinsics.ts'
import { type Identity, identify } from './physical-names.ts'

/** The synthesized app: every resource of every stack with its intrinsic functions resolved. */
export interface Assembly {
  readonly region: string
  readonly account: string
  readonly resources: readonly Resource[]
  /** Outputs of all stacks by `stack.name`. */
  readonly outputs: Readonly<Record<string, string>>
  /** Path of a file or folder asset by its S3 object key; throws when the app has no such asset. */
  asset(objectKey: string): string
}

interface Stack {
  readonly name: string
  readonly template: Json
  readonly region: string
  readonly account: string
}

// Where an app without a fixed environment lives on this machine.
const REGION = 'eu-central-1'
const ACCOUNT = '000000000000'

/** Reads a cloud assembly (`cdk.out`); `endpoint` is the base URL of the SDK endpoint, of which queue URLs are made. */
export function loadAssembly(folder: string, endpoint: string): Assembly {
  const path = join(folder, 'manifest.json')
  if (!existsSync(path)) throw new Error(`${path} does not exist: synthesize the app first (npm run synth)`)
  const artifacts: Record<string, Json> = JSON.parse(readFileSync(path, 'utf8')).artifacts ?? {}
  const stacks = stacksInOrder(artifacts).map((artifact) => readStack(folder, artifact))
  const imports = new Map<string, () => unknown>()
  const scopes = stacks.map((stack) => new StackScope(stack, endpoint, imports))
  for (const scope of scopes) scope.declareExports()
  return {
    region: stacks[0]?.region ?? REGION,
    account: stacks[0]?.account ?? ACCOUNT,
    resources: scopes.flatMap((scope) => scope.resources()),
    outputs: Object.fromEntries(scopes.flatMap((scope) => scope.outputs())),
    asset: assetFinder(folder, artifacts),
  }
}

/** Stacks with every stack after those it depends on. */
function stacksInOrder(artifacts: Record<string, Json>): Json[] {
  const ordered = new Map<string, Json>()
  const visit = (id: string) => {
    const artifact = artifacts[id]
    if (!artifact || ordered.has(id)) return
    if (artifact.type === 'cdk:cloud-assembly')
      throw new Error(`${id} is a nested assembly (a Stage), which the local cloud does not read`)
    for (const dependency of artifact.dependencies ?? []) visit(dependency)
    ordered.set(id, { ...artifact, id })
  }
  for (const id of Object.keys(artifacts)) visit(id)
  return [...ordered.values()].filter((artifact) => artifact.type === 'aws:cloudformation:stack')
}

function readStack(folder: string, artifact: Json): Stack {
  const [account, region] = String(artifact.environment).replace('aws://', '').split('/')
  return {
    name: artifact.properties.stackName ?? artifact.id,
    template: JSON.parse(readFileSync(join(folder, artifact.properties.templateFile), 'utf8')),
    region: !region || region === 'unknown-region' ? REGION : region,
    account: !account || account === 'unknown-account' ? ACCOUNT : account,
  }
}

function assetFinder(folder: string, artifacts: Record<string, Json>): (objectKey: string) => string {
  const paths = new Map<string, string>()
  for (const artifact of Object.values(artifacts)) {
    if (artifact.type !== 'cdk:asset-manifest') continue
    const manifest = JSON.parse(readFileSync(join(folder, artifact.properties.file), 'utf8'))
    for (const file of Object.values<Json>(manifest.files ?? {}))
      for (const destination of Object.values<Json>(file.destinations))
        paths.set(basename(destination.objectKey), resolvePath(folder, file.source.path))
  }
  return (objectKey) => {
    const path = paths.get(basename(objectKey))
    if (!path) throw new Error(`${folder} has no asset with object key ${objectKey}: synthesize the app again`)
    return path
  }
}

/** One stack's names; every lookup is lazy, so stacks and resources may refer to each other in any order. */
class StackScope implements Scope {
  private readonly stack: Stack
  private readonly endpoint: string
  private readonly imports: Map<string, () => unknown>
  private readonly identities = new Map<string, Identity>()
  private readonly underway = new Set<string>()

  constructor(stack: Stack, endpoint: string, imports: Map<string, () => unknown>) {
    this.stack = stack
    this.endpoint = endpoint
    this.imports = imports
  }

  declareExports(): void {
    for (const output of Object.values<Json>(this.stack.template.Outputs ?? {}))
      if (output.Export) this.imports.set(String(resolve(output.Export.Name, this)), () => resolve(output.Value, this))
  }

  resources(): Resource[] {
    return Object.entries<Json>(this.stack.template.Resources ?? {})
      .filter(([, declared]) => declared.Condition === undefined || this.condition(declared.Condition))
      .map(([logicalId, declared]) => ({
        stack: this.stack.name,
        logicalId,
        type: declared.Type,
        properties: this.named(logicalId, () => resolve(declared.Properties ?? {}, this)) as Record<string, Json>,
        ...this.identity(logicalId),
      }))
  }

  outputs(): [string, string][] {
    return Object.entries<Json>(this.stack.template.Outputs ?? {})
      .filter(([, output]) => output.Condition === undefined || this.condition(output.Condition))
      .map(([name, output]) => [`${this.stack.name}.${name}`, String(resolve(output.Value, this))])
  }

  ref(id: string): unknown {
    if (id.startsWith('AWS::')) return this.pseudo(id)
    const parameter = this.stack.template.Parameters?.[id]
    if (!parameter) return this.identity(id).ref
    if (parameter.Default === undefined) throw new Error(`${this.stack.name}: parameter ${id} has no default value`)
    return parameter.Type?.includes('List') ? String(parameter.Default).split(',') : parameter.Default
  }

  attribute(id: string, name: string): unknown {
    const value = this.identity(id).attributes[name]
    if (value === undefined)
      throw new Error(
        `${this.stack.name}/${id} (${this.stack.template.Resources[id].Type}): the local cloud does not know its attribute ${name}`,
      )
    return value
  }

  condition(name: string): boolean {
    const declared = this.stack.template.Conditions?.[name]
    if (declared === undefined) throw new Error(`${this.stack.name} has no condition ${name}`)
    return resolve(declared, this) === true
  }

  mapping(map: string, first: string, second: string): unknown {
    const value = this.stack.template.Mappings?.[map]?.[first]?.[second]
    if (value === undefined) throw new Error(`${this.stack.name} has no mapping ${map}.${first}.${second}`)
    return value
  }

  imported(exportName: string): unknown {
    const exported = this.imports.get(exportName)
    if (!exported) throw new Error(`${this.stack.name} imports ${exportName}, which no stack exports`)
    return exported()
  }

  private pseudo(name: string): unknown {
    const values: Record<string, unknown> = {
      'AWS::AccountId': this.stack.account,
      'AWS::NoValue': NO_VALUE,
      'AWS::NotificationARNs': [],
      'AWS::Partition': 'aws',
      'AWS::Region': this.stack.region,
      'AWS::StackId': `arn:aws:cloudformation:${this.stack.region}:${this.stack.account}:stack/${this.stack.name}/local`,
      'AWS::StackName': this.stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    }
    if (!(name in values)) throw new Error(`${this.stack.name}: ${name} is not a pseudo parameter`)
    return values[name]
  }

  private identity(id: string): Identity {
    const known = this.identities.get(id)
    if (known) return known
    const declared = this.stack.template.Resources?.[id]
    if (!declared) throw new Error(`${this.stack.name} refers to ${id}, which it does not declare`)
    if (this.underway.has(id)) throw new Error(`${this.stack.name}/${id}: its name depends on itself`)
    this.underway.add(id)
    const property = (name: string) => {
      const value = declared.Properties?.[name]
      const resolved = value === undefined ? NO_VALUE : resolve(value, this)
      return resolved === NO_VALUE ? undefined : String(resolved)
    }
    const place = { region: this.stack.region, account: this.stack.account, endpoint: this.endpoint }
    const identity = identify(declared.Type, this.stack.name, id, place, property)
    this.underway.delete(id)
    this.identities.set(id, identity)
    return identity
  }

  /** Says in which resource a value could not be resolved. */
  private named(id: string, work: () => unknown): unknown {
    try {
      return work()
    } catch (error) {
      throw new Error(`${this.stack.name}/${id}: ${(error as Error).message}`, { cause: error })
    }
  }
}
