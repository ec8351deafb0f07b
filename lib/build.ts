import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { type Discovered, portsFor } from './discover.ts'
import type { PortName } from './kit/ports.ts'
import { type BuiltLibrary, Library } from './library.ts'

/** A bundle may weigh this much, gzip: the cold start of a function grows with its code. */
const bundleBudget = 120 * 1024

/** What some ports may weigh besides: few functions draw, sign or trace. */
const extraBudget: Partial<Readonly<Record<PortName, number>>> = {
  symbols: 60 * 1024,
  paper: 260 * 1024,
  links: 6 * 1024,
  sms: 12 * 1024,
  genealogy: 10 * 1024,
  shadow: 10 * 1024,
}

const chineseFont = 'node_modules/@expo-google-fonts/noto-sans-sc'

/** Files that an adapter reads beside its bundle: their names there, and where they come from. */
const filesBeside: Partial<Readonly<Record<PortName, Readonly<Record<string, string>>>>> = {
  paper: {
    'NotoSansSC.ttf': `${chineseFont}/400Regular/NotoSansSC_400Regular.ttf`,
    'NotoSansSC.LICENSE': `${chineseFont}/LICENSE_FONT`,
  },
}

/** What the bundle of this function may weigh, gzip. */
const budgetOf = (one: Discovered): number =>
  portsFor(one).reduce((sum, port) => sum + (extraBudget[port] ?? 0), bundleBudget)

export interface Bundle {
  readonly name: string
  /** Folder that becomes the function's asset. */
  readonly folder: string
  readonly bytes: number
  /** What it may weigh, gzip. */
  readonly budget: number
  /** Computed when asked: packing all of them takes a second that a synth need not wait for. */
  gzipBytes(): number
}

/** The adapter of each port that has several, e.g. `{ series: 'series-dynamodb' }`. */
export type Adapters = Partial<Readonly<Record<PortName, string>>>

const entryOf = (root: string, one: Discovered, adapters: Adapters) => {
  const ports = portsFor(one).filter((port) => port !== 'table')
  return [
    `import { handler as spec } from ${JSON.stringify(`${root}/${one.file}`)}`,
    `import { serve } from '#kit/serve'`,
    `import { table } from '#adapters/table'`,
    ...ports.map((port) => `import { ${port} } from '#adapters/${adapters[port] ?? port}'`),
    ...one.dispatched.map(
      ({ file }, at) => `import { handler as command${at} } from ${JSON.stringify(`${root}/${file}`)}`,
    ),
    `const commands = { ${one.dispatched.map(({ name }, at) => `${JSON.stringify(name)}: command${at}`).join(', ')} }`,
    `const served = { name: ${JSON.stringify(one.name)}, table, ports: { ${ports.join(', ')} }, commands }`,
    `export const handler = serve(spec, served)`,
  ].join('\n')
}

/** Each function's entry is made here: the spec of its file, served with just the adapters it names. */
const entries = (root: string, found: readonly Discovered[], adapters: Adapters): Plugin => ({
  name: 'entries',
  setup({ onResolve, onLoad }) {
    const byName = new Map(found.map((one) => [one.name, one]))
    onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }))
    onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
      contents: entryOf(root, byName.get(path)!, adapters),
      resolveDir: root,
      loader: 'ts',
    }))
  },
})

/** Lambda gives credentials by environment; the SDK's other providers are a third of its weight. */
const credentialsFromEnvironment: Plugin = {
  name: 'credentials-from-environment',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'credentials',
      namespace: 'credentials',
      pluginData: resolveDir,
    }))
    onLoad({ filter: /.*/, namespace: 'credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'`,
      resolveDir: pluginData,
    }))
  },
}

/** Code that libraries carry for cases a function never meets: none of it runs here, all of it would be loaded. */
const neverRun = [
  // Functions validate; only the build asks zod for JSON schemas.
  /zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/,
  // None of the operations in use streams events.
  /@smithy\/core\/dist-es\/submodules\/event-streams\/.*\.js$/,
  // Repeats follow the standard policy, and the environment names the region.
  /@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/(AdaptiveRetryStrategy|DefaultRateLimiter)\.js$/,
  /@smithy\/core\/dist-es\/submodules\/config\/config-resolver\/regionConfig\/getInstanceMetadataRegion\.js$/,
  // No operation in use wants an MD5.
  /@smithy\/core\/dist-es\/submodules\/checksum\/md5\/Md5Js\.js$/,
  // Node has SHA-256 itself.
  /@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/,
]

/** Replaces what never runs by exports of the same names that say so if they are called after all. */
const withoutWhatNeverRuns: Plugin = {
  name: 'without-what-never-runs',
  setup({ onLoad }) {
    for (const filter of neverRun)
      onLoad({ filter }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        const names = [...source.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name]) => name)
        const listed = [...source.matchAll(/^export \{ \w+ as (\w+) \}/gm)].map(([, name]) => name)
        const others = [...source.matchAll(/^export (?:\*|\{[^}]*\}) from .*$/gm)].map(([line]) => line)
        const message = `${path.slice(path.lastIndexOf('node_modules/') + 13)} is left out of bundles; see lib/build.ts.`
        return {
          contents: [
            `function gone() { throw new Error(${JSON.stringify(message)}) }`,
            `export { ${[...names, ...listed].map((name) => `gone as ${name}`).join(', ')} }`,
            ...others,
          ].join('\n'),
          loader: 'js',
        }
      })
  },
}

/**
 * Writes out the computed keys in the SDK's schema tables (`[_hE]: 409` as `"httpError": 409`).
 * esbuild keeps every object with a computed key, and so the schemas of hundreds of operations nobody calls.
 */
const literalSchemaKeys: Plugin = {
  name: 'literal-schema-keys',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const texts = new Map([...source.matchAll(/^const (_\w+) = (".*");$/gm)].map(([, name, text]) => [name, text]))
      return {
        contents: source.replace(/\[(_\w+)\]:/g, (key, name: string) =>
          texts.has(name) ? `${texts.get(name)}:` : key,
        ),
        loader: 'js',
      }
    })
  },
}

/**
 * The SDK's document commands, of which a function uses what they ask and the name of the call they stand for; it
 * reaches DynamoDB by lib/adapters/aws-call.ts. The way of the SDK's own client would be half of a bundle.
 */
const documentCommands: Plugin = {
  name: 'document-commands',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/lib-dynamodb\/dist-es\/index\.js$/ }, ({ path }) => {
      const classes = globSync(`${dirname(path)}/commands/*Command.js`).map((file) => {
        const [, operation] = /(\w+)Command as __/.exec(readFileSync(file, 'utf8')) ?? []
        const schema = JSON.stringify([9, '', operation])
        return `export class ${basename(file, '.js')} { clientCommand = { schema: ${schema} }; constructor(input) { this.input = input } }`
      })
      return { contents: classes.join('\n'), loader: 'js' }
    })
  },
}

/** Bundles all functions in one esbuild call, one folder each, with the units of the library beside them. */
export async function bundle(
  root: string,
  out: string,
  found: readonly Discovered[],
  adapters: Adapters,
): Promise<Bundle[]> {
  const options = {
    absWorkingDir: root,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    banner: { js: `import{createRequire}from'node:module';const require=createRequire(import.meta.url);` },
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  } satisfies BuildOptions
  const library = new Library(root, {
    ...options,
    plugins: [credentialsFromEnvironment, withoutWhatNeverRuns, literalSchemaKeys, documentCommands],
  })
  const { outputFiles } = await build({
    ...options,
    entryPoints: found.map(({ name }) => ({ in: `entry:${name}`, out: `${name}/index` })),
    plugins: [entries(root, found, adapters), library.outside],
  })
  const built = await library.build(outputFiles.map(({ text }) => text))
  const byName = new Map(found.map((one) => [one.name, one]))
  return outputFiles
    .map(({ path, text }) => {
      const folder = path.slice(0, path.lastIndexOf('/'))
      const name = folder.slice(out.length + 1)
      const one = byName.get(name)!
      const parts = withLibrary(text, built)
      for (const port of portsFor(one))
        for (const [file, from] of Object.entries(filesBeside[port] ?? {}))
          replace(out, `${folder}/${file}`, readFileSync(`${root}/${from}`))
      for (const [file, contents] of parts) replace(out, `${folder}/${file}`, contents)
      removeOthers(`${folder}/library`, parts)
      return {
        name,
        budget: budgetOf(one),
        folder,
        bytes: sum(parts.values(), ({ length }) => length),
        gzipBytes: () => sum(parts.values(), (contents) => gzipSync(contents).length),
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const sum = <T>(values: Iterable<T>, of: (value: T) => number) => [...values].reduce((all, one) => all + of(one), 0)

/** A bundle's files by their paths in its folder: its own code, and the files of the library that it needs. */
function withLibrary(text: string, { fileOf, files }: BuiltLibrary): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>()
  const add = (name: string): string => {
    const path = `library/${name}`
    const { contents, imports } = files.get(name)!
    if (!parts.has(path)) parts.set(path, contents)
    for (const one of imports) if (!parts.has(`library/${one}`)) add(one)
    return `"./${path}"`
  }
  const index = text.replace(/"library:([\w-]+)"/g, (_, unit: string) => add(fileOf(unit)))
  return parts.set('index.mjs', Buffer.from(index))
}

/** Writes by rename, whole or not at all: another synthesis may be reading it. */
function replace(out: string, path: string, contents: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${out}/${process.pid}.new`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}

/** What an earlier build left here would become part of the asset. */
function removeOthers(folder: string, parts: ReadonlyMap<string, unknown>): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (!parts.has(`library/${name}`)) rmSync(`${folder}/${name}`, { force: true })
}
