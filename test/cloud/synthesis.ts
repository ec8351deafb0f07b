import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = new URL('../..', import.meta.url).pathname

/** Synthesizes what changed since the last time; run before the tests that need it, so that no two do it at once. */
export async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, ['bin/synth.ts'], { cwd: root })
}

/**
 * The synthesized app of this checkout in a new folder, with a folder for data beside it: templates are copies that a
 * test may change, assets are shared.
 */
export async function synthesized(): Promise<{ folder: string; out: string; data: string }> {
  await setup()
  const folder = mkdtempSync(join(tmpdir(), 'lotline-'))
  const out = join(folder, 'cdk.out')
  mkdirSync(out)
  for (const name of readdirSync(join(root, 'cdk.out'))) {
    const from = join(root, 'cdk.out', name)
    if (name.startsWith('asset.')) symlinkSync(from, join(out, name))
    else copyFileSync(from, join(out, name))
  }
  return { folder, out, data: join(folder, 'data') }
}
