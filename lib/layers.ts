import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import type { PortName } from './kit/ports.ts'
import { lean } from './lean.ts'
import { replace } from './replace.ts'

const chineseFont = 'node_modules/@expo-google-fonts/noto-sans-sc'

/** Adapters too heavy for bundles, with the files that they read beside them; each is a Lambda layer. */
const heavy: Partial<Readonly<Record<PortName, Readonly<Record<string, string>>>>> = {
  symbols: {},
  paper: {
    'NotoSansSC.ttf': `${chineseFont}/400Regular/NotoSansSC_400Regular.ttf`,
    'NotoSansSC.LICENSE': `${chineseFont}/LICENSE_FONT`,
  },
}

/** What some functions have in common and load from `/opt`. */
export interface Layer {
  readonly port: PortName
  readonly folder: string
  /** Its code and its other files, gzip. */
  readonly gzipBytes: () => { readonly code: number; readonly files: number }
}

/** Where a function imports the adapter of a port from, if it is in a layer. */
export const layerOf = (port: PortName): string | undefined => (heavy[port] ? `/opt/${port}/index.mjs` : undefined)

/** Builds each layer into a folder of its own. */
export async function buildLayers(root: string, out: string, options: BuildOptions): Promise<Layer[]> {
  const ports = Object.keys(heavy) as (keyof typeof heavy)[]
  const { outputFiles } = await build({
    ...options,
    entryPoints: ports.map((port) => ({ in: `lib/adapters/${port}.ts`, out: `layers/${port}/${port}/index` })),
    write: false,
    plugins: lean,
  })
  return ports.map((port, index) => {
    const folder = `${out}/layers/${port}`
    const code = outputFiles![index]!.contents
    const files = Object.entries(heavy[port]!).map(([name, from]) => [name, readFileSync(`${root}/${from}`)] as const)
    for (const [name, contents] of [['index.mjs', code], ...files] as const)
      replace(out, `${folder}/${port}/${name}`, contents)
    return {
      ...{ port, folder },
      gzipBytes: () => ({
        code: gzipSync(code).length,
        files: files.reduce((sum, [, contents]) => sum + gzipSync(contents).length, 0),
      }),
    }
  })
}
