import { existsSync, readdirSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { type Discovered, portsFor } from './discover.ts'
import type { PortName } from './kit/ports.ts'
import { buildLayers, type Layer, layerOf } from './layers.ts'
import { lean } from './lean.ts'
import { type BuiltLibrary, Library } from './library.ts'
import { replace } from './replace.ts'

/** A bundle may weigh this much, gzip: the cold start of a function grows with its code. */
export const bundleBudget = 120 * 1024

export interface Bundle {
  readonly name: string
  /** Folder that becomes the function's asset. */
  readonly folder: string
  readonly bytes: number
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
    ...ports.map((port) => `import { ${port} } from '${layerOf(port) ?? `#adapters/${adapters[port] ?? port}`}'`),
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

/** All that is deployed as code. */
export interface Built {
  readonly bundles: readonly Bundle[]
  readonly layers: readonly Layer[]
}

/** Bundles all functions in one esbuild call, one folder each, with the units of the library beside them. */
export async function bundle(
  root: string,
  out: string,
  found: readonly Discovered[],
  adapters: Adapters,
): Promise<Built> {
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
    // What an import misses would be found by whoever calls the function.
    logOverride: { 'import-is-undefined': 'error' },
  } satisfies BuildOptions
  const sources = found.map((one) => entryOf(root, one, adapters))
  const library = new Library(root, sources, { ...options, plugins: lean })
  const layers = buildLayers(root, out, options)
  const { outputFiles } = await build({
    ...options,
    entryPoints: found.map(({ name }) => ({ in: `entry:${name}`, out: `${name}/index` })),
    external: ['/opt/*'],
    plugins: [entries(root, found, adapters), library.outside],
  })
  const built = await library.build(outputFiles.map(({ text }) => text))
  const bundles = outputFiles
    .map(({ path, text }) => {
      const folder = path.slice(0, path.lastIndexOf('/'))
      const parts = withLibrary(text, built)
      for (const [file, contents] of parts) replace(out, `${folder}/${file}`, contents)
      removeOthers(folder, parts)
      return {
        name: folder.slice(out.length + 1),
        folder,
        bytes: sum(parts.values(), ({ length }) => length),
        gzipBytes: () => sum(parts.values(), (contents) => gzipSync(contents).length),
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return { bundles, layers: await layers }
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

/** What an earlier build left here would become part of the asset. */
function removeOthers(folder: string, parts: ReadonlyMap<string, unknown>): void {
  for (const name of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
    if (name !== 'library' && !parts.has(name)) rmSync(`${folder}/${name}`, { force: true })
}
