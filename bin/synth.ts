import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

// npm run synth             writes cdk.out, unless nothing that it is made of has changed
// npm run synth -- --check  the same with all checks of the templates (CDK, cdk-nag, IoT)
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const out = `${root}/cdk.out`
const checking = process.argv.includes('--check')

/** Everything that the templates and bundles are made of. */
const sources = [
  'bin/app.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
  ...globSync(['lambdas/**/*.ts', 'lib/**/*.ts', 'state-machines/*.json'], { cwd: root }),
].filter((file) => !file.startsWith('lib/local/'))

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const file of sources.sort()) hash.update(`${file}\n`).update(readFileSync(`${root}/${file}`))
  return hash.digest('hex')
}

/** Assets that no template names any more; young ones stay, as a local cloud may still run from them. */
function prune(): void {
  const named = globSync(`${out}/*.assets.json`)
    .map((file) => readFileSync(file, 'utf8'))
    .join()
  const dayAgo = Date.now() - 24 * 3600_000
  for (const name of readdirSync(out))
    if (name.startsWith('asset.') && !named.includes(name) && statSync(`${out}/${name}`).mtimeMs < dayAgo)
      rmSync(`${out}/${name}`, { recursive: true })
}

const stamp = `${out}/fingerprint`
const now = fingerprint()
const [before, checked] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split(' ') : []
if (before === now && (checked === 'checked' || !checking)) console.log('synth: nothing changed')
else {
  const began = performance.now()
  mkdirSync(out, { recursive: true })
  rmSync(stamp, { force: true })
  const env = { ...process.env, CDK_OUTDIR: out, ...(checking ? {} : { CDK_VALIDATION: 'false' }) }
  const { status } = spawnSync(process.execPath, [`${root}/bin/app.ts`], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  prune()
  writeFileSync(stamp, `${now} ${checking ? 'checked' : 'unchecked'}`)
  console.log(`synth: ${((performance.now() - began) / 1000).toFixed(1)} s`)
}
