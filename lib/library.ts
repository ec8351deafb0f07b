import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/**
 * Packages of nearly every function: with the kit they are one unit of the library, each client of a service is
 * another. In the cloud a unit lies beside the function that uses it. Locally, where many functions share a thread, it
 * is loaded and compiled once for all of them; so it must keep nothing that belongs to one function.
 */
const common: ReadonlySet<string> = new Set([
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/util-dynamodb',
  '@middy/core',
  '@middy/http-security-headers',
  'ulid',
  'zod',
  // The way to AWS and the table.
  ...['attribute-values', 'aws-call', 'aws-client', 'dynamo', 'epoch', 'items', 'setting', 'signature', 'table'].map(
    (name) => `#adapters/${name}`,
  ),
])
const isClient = (name: string) => /^@aws-sdk\/client-[\w-]+$/.test(name)
const isCommon = (name: string) => common.has(name) || /^#kit(\/|$)/.test(name)
const isShared = (name: string) => isCommon(name) || isClient(name)

/** Adapters import each other as neighbours. */
const asNamed = (path: string) => path.replace(/^\.\/([\w-]+)\.ts$/, '#adapters/$1')

const identifier = (name: string) => name.replaceAll(/\W/g, '_')
const unitOf = (name: string) => (isCommon(name) ? 'common' : name.slice('@aws-sdk/'.length))

interface Export {
  readonly from: string
  readonly name: string
}

/** A file of the library, named by its content. */
export interface LibraryFile {
  readonly name: string
  readonly contents: Uint8Array
  /** Names of the library's files that it imports. */
  readonly imports: readonly string[]
}

/** The units of the library as files. */
export interface BuiltLibrary {
  /** Name of the file that begins a unit. */
  fileOf(unit: string): string
  readonly files: ReadonlyMap<string, LibraryFile>
}

/** What functions import from packages, bundled apart from them in as few files as serve all. */
export class Library {
  private readonly options: BuildOptions
  /** Everything that sources import from a shared package; a superset of what ends in bundles. */
  private readonly named: ReadonlyMap<string, ReadonlySet<string>>
  private readonly exports = new Map<string, Export>()

  /** `entries`: the sources that stand in no file. */
  constructor(root: string, entries: readonly string[], options: BuildOptions) {
    this.options = options
    const files = globSync(['lambdas/**/*.ts', 'lib/*/*.ts'], { cwd: root })
    this.named = namesIn([...files.map((file) => readFileSync(`${root}/${file}`, 'utf8')), ...entries])
  }

  /** For the build of functions: what comes from a shared package is imported from `library:<unit>` instead. */
  readonly outside: Plugin = {
    name: 'library-outside',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^library:/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
      onResolve({ filter: /^[@#a-z]|^\.\// }, ({ path: written, importer }) => {
        const path = dirname(importer).endsWith('/lib/adapters') ? asNamed(written) : written
        return isShared(path) ? { path, namespace: 'library', sideEffects: false } : undefined
      })
      onLoad({ filter: /.*/, namespace: 'library' }, ({ path: from }) => {
        const lines = [...(this.named.get(from) ?? [])].map((name) => {
          const alias = `${identifier(from)}$${name}`
          this.exports.set(alias, { from, name })
          return `export { ${alias} as ${name} } from 'library:${unitOf(from)}'`
        })
        return { contents: lines.join('\n') }
      })
    },
  }

  /** Builds the units with just what these bundles import from them. */
  async build(bundles: readonly string[]): Promise<BuiltLibrary> {
    const used = usedIn(bundles)
    const clients = [...used.keys()].filter((unit) => unit !== 'common')
    // What clients share among themselves would otherwise be shared with all functions, and loaded by all.
    const outputs = await Promise.all([this.bundle(['common'], used), this.bundle(clients, used)])
    const files = outputs.flat()
    const begins = new Map(files.map(({ unit, name }) => [unit, name]))
    return { fileOf: (unit) => begins.get(unit)!, files: new Map(files.map((file) => [file.name, file])) }
  }

  private async bundle(units: readonly string[], used: ReadonlyMap<string, ReadonlySet<string>>) {
    const { metafile, outputFiles } = await build({
      ...this.options,
      entryPoints: units.map((unit) => ({ in: `unit:${unit}`, out: unit })),
      splitting: true,
      entryNames: '[name]-[hash]',
      chunkNames: 'part-[hash]',
      metafile: true,
      write: false,
      plugins: [...(this.options.plugins ?? []), this.units(used)],
    })
    const contents = new Map(outputFiles.map((file) => [nameOf(file.path), file.contents]))
    return Object.entries(metafile.outputs).map(([path, { entryPoint, imports }]) => ({
      name: nameOf(path),
      unit: entryPoint?.slice('unit:'.length),
      contents: contents.get(nameOf(path))!,
      imports: imports.filter(({ external }) => !external).map((one) => nameOf(one.path)),
    }))
  }

  private units(used: ReadonlyMap<string, ReadonlySet<string>>): Plugin {
    const { absWorkingDir: resolveDir = '.' } = this.options
    return {
      name: 'library-units',
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /^unit:/ }, ({ path }) => ({ path: path.slice('unit:'.length), namespace: 'unit' }))
        onLoad({ filter: /.*/, namespace: 'unit' }, ({ path }) => {
          const lines = [...used.get(path)!].sort().map((alias) => {
            const { name, from } = this.exports.get(alias)!
            return `export { ${name} as ${alias} } from '${from}'`
          })
          return { contents: lines.join('\n'), resolveDir }
        })
      },
    }
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** Names that sources import from shared packages: `{ a, type B as C }`, the default, and `z.a` of `* as z`. */
function namesIn(sources: readonly string[]): Map<string, Set<string>> {
  const named = new Map<string, Set<string>>()
  const statement = /^import (?:type )?(?:(?:\* as (\w+)|(\w+)|\{([^}]*)\})) from '([^']+)'/gm
  for (const source of sources)
    for (const [, space, whole, list = '', path] of source.matchAll(statement)) {
      const from = asNamed(path!)
      if (!isShared(from)) continue
      const names = named.get(from) ?? new Set()
      named.set(from, names)
      if (whole) names.add('default')
      for (const [, name] of list.matchAll(/(?:^|,)\s*(?:type )?(\w+)/g)) names.add(name!)
      if (space) for (const [, name] of source.matchAll(new RegExp(`\\b${space}\\.(\\w+)`, 'g'))) names.add(name!)
    }
  return named
}

/** Aliases that bundles import, by unit. */
function usedIn(bundles: readonly string[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>()
  for (const text of bundles)
    for (const [, list, unit] of text.matchAll(/import\{([^{}]*)\}from"library:([\w-]+)"/g)) {
      const aliases = used.get(unit!) ?? new Set()
      used.set(unit!, aliases)
      for (const one of list!.split(',')) aliases.add(one.split(' ')[0]!)
    }
  return used
}
