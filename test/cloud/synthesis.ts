import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = new URL('../..', import.meta.url).pathname

/** Synthesizes the app of this checkout into a new folder and returns it with a folder for data beside it. */
export async function synthesized(): Promise<{ folder: string; out: string; data: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'lotline-'))
  const out = join(folder, 'cdk.out')
  await promisify(execFile)(process.execPath, ['bin/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: 'false' },
  })
  return { folder, out, data: join(folder, 'data') }
}
