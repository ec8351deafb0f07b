import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { type Adapters, type Built, bundle } from '../../lib/build.ts'
import { type Discovered, discover } from '../../lib/discover.ts'
import { openapi } from '../../lib/openapi.ts'
import { deploy } from '../../lib/stacks/product.ts'
import { adaptersOf, contextOf, settingsOf } from '../../lib/stacks/settings.ts'

export const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

export interface Deployed {
  readonly app: App
  readonly found: readonly Discovered[]
  readonly bundles: Built['bundles']
  /** Template of each stack by its name. */
  readonly templates: ReadonlyMap<string, any>
}

/** Text of each state machine by its name. */
export const machineTexts = new Map(
  globSync('state-machines/*.asl.json', { cwd: root }).map((file) => [
    basename(file, '.asl.json'),
    readFileSync(`${root}/${file}`, 'utf8'),
  ]),
)

const built = new Map<string, Promise<Built>>()

/** The code of these functions; made once a process, as nothing but the choice of adapters changes them. */
function builtOf(found: readonly Discovered[], adapters: Adapters): Promise<Built> {
  const key = JSON.stringify([found.map(({ name }) => name), adapters])
  const known = built.get(key)
  if (known) return known
  const made = bundle(root, mkdtempSync(join(tmpdir(), 'lotline-dist-')), found, adapters)
  built.set(key, made)
  return made
}

/** The product, or only one file of it, synthesized in this process into a folder of its own. */
export async function deployed(changes: Record<string, unknown> = {}, only?: string): Promise<Deployed> {
  const folder = mkdtempSync(join(tmpdir(), 'lotline-stacks-'))
  const all = await discover(root)
  const found = only ? all.filter(({ name }) => name === only) : all
  const app = new App({
    outdir: join(folder, 'cdk.out'),
    context: { ...contextOf(root), ...changes },
    analyticsReporting: false,
  })
  const settings = settingsOf((name) => app.node.tryGetContext(name))
  const code = await builtOf(found, adaptersOf(settings))
  deploy(app, { found, ...code, document: openapi(found), machines: only ? new Map() : machineTexts }, settings)
  // cdk-nag runs in a test of its own.
  process.env.CDK_VALIDATION = 'false'
  const { stacks } = app.synth()
  return {
    app,
    found,
    bundles: code.bundles,
    templates: new Map(stacks.map(({ stackName, template }) => [stackName, template])),
  }
}

export interface Declared {
  readonly stack: string
  readonly id: string
  readonly properties: any
  readonly deletion: string | undefined
}

/** Every resource of a type, in all stacks. */
export const ofType = ({ templates }: Deployed, type: string): Declared[] =>
  [...templates].flatMap(([stack, { Resources = {} }]) =>
    Object.entries<any>(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => ({ stack, id, properties: resource.Properties, deletion: resource.DeletionPolicy })),
  )
