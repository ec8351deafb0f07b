import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Plugin } from 'esbuild'

/** Code that packages carry for cases no function meets: none of it runs here, all of it would be loaded. */
const neverRun = [
  // Functions validate; only the build asks zod for JSON schemas.
  /zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/,
  // Fonts packed for the web, and encrypted documents.
  /brotli\/decompress\.js$/,
  /@noble\/ciphers\/esm\/aes\.js$/,
]

/** Replaces what never runs by exports of the same names that say so if they are called after all. */
const withoutWhatNeverRuns: Plugin = {
  name: 'without-what-never-runs',
  setup({ onLoad }) {
    for (const filter of neverRun)
      onLoad({ filter }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        const names = [...source.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name]) => name)
        const message = `${path.slice(path.lastIndexOf('node_modules/') + 13)} is left out of bundles; see lib/lean.ts.`
        const gone = `function gone() { throw new Error(${JSON.stringify(message)}) }`
        const exported =
          names.length > 0 ? `export { ${names.map((name) => `gone as ${name}`)} }` : 'module.exports = gone'
        return { contents: `${gone}\n${exported}`, loader: 'js' }
      })
  },
}

/**
 * Of the SDK's clients the commands and the errors alone: adapters send the commands, which hold what is asked and what
 * the SDK knows of the operation, by lib/adapters/aws-client.ts. The SDK's own way would be half of a bundle.
 */
const commandsAlone: Plugin = {
  name: 'commands-alone',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[\w-]+\/dist-es\/index\.js$/ }, ({ path }) => {
      const commands = globSync(`${dirname(path)}/commands/*Command.js`).flatMap((file) => {
        const [, schema, from] =
          /import \{ (\w+\$) \} from "\.\.\/(schemas\/\w+)"/.exec(readFileSync(file, 'utf8')) ?? []
        const name = basename(file, '.js')
        return [
          `import { ${schema} } from './${from}'`,
          `export class ${name} { constructor(input) { this.input = input; this.schema = ${schema} } }`,
        ]
      })
      return { contents: [`export * from './models/errors'`, ...commands].join('\n'), loader: 'js' }
    })
  },
}

/**
 * The SDK's schemas of operations as plain tables, of which esbuild keeps what is used: it would keep every object
 * with a computed key (`[_hE]: 409`), and so those of hundreds of operations nobody calls, with the errors they list.
 */
const plainSchemas: Plugin = {
  name: 'plain-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const texts = new Map([...source.matchAll(/^const (_\w+) = (".*");$/gm)].map(([, name, text]) => [name, text]))
      return {
        contents: source
          .replace(/\[(_\w+)\]:/g, (key, name: string) => (texts.has(name) ? `${texts.get(name)}:` : key))
          .replace(/^\w+\.registerError\(.*\);$/gm, '')
          .replace(/ = new TypeRegistry\(/g, ' = /* @__PURE__ */ new TypeRegistry('),
        loader: 'js',
      }
    })
  },
}

/** The SDK's document commands: what they ask, and the name of the call they stand for; see lib/adapters/dynamo.ts. */
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

/** For builds of packages: they come without what no function needs of them. */
export const lean: Plugin[] = [withoutWhatNeverRuns, commandsAlone, plainSchemas, documentCommands]
