import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'lotline-lint-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Files that break one rule each, with what the linter must say of them. */
const broken = [
  ['lambdas/quality/builtin.ts', `import { readFileSync } from 'node:fs'\nreadFileSync('x')`, 'A lambda imports'],
  ['lambdas/quality/other.ts', `import { handler } from './hold-lot.ts'\nhandler.kind`, 'A lambda imports'],
  ['lambdas/quality/sdk.ts', `import { X } from '@aws-sdk/client-dynamodb'\nnew X()`, 'A lambda imports'],
  ['lambdas/quality/clock.ts', 'export const x = Date.now()', 'Time, chance, ids'],
  ['lib/domain/outside.ts', `import { discover } from '../discover.ts'\ndiscover('')`, 'A domain file imports'],
  ['lib/domain/chance.ts', 'export const x = Math.random()', 'Time, chance, ids'],
  ['lib/domain/waits.ts', 'export const x = async () => 1', 'Nothing in lib/domain waits'],
  ['lib/kit/middleware.ts', `import middy from '@middy/core'\nmiddy()`, 'The kit is pure'],
  ['lib/stacks/local.ts', `import { template } from '../local/template.ts'\ntemplate()`, 'A stack knows the specs'],
  ['lib/local/domain.ts', `import { Lot } from '#domain/lot'\nLot.sample()`, 'The local cloud reads cdk.out'],
  ['lib/local/stack.ts', `import { data } from '../stacks/data.ts'\ndata()`, 'The local cloud reads cdk.out'],
  ['story/product.ts', `import { Lot } from '#domain/lot'\nLot.sample()`, 'The story is a client'],
  [
    'story/cloud.ts',
    `import { startLocalCloud } from '../lib/local/start.ts'\nstartLocalCloud()`,
    'The story is a client',
  ],
] as const
const sound = [
  'lambdas/quality/sound.ts',
  `import * as z from 'zod'\nimport { Lot } from '#domain/lot'\nexport const x = z.array(Lot.id)`,
] as const

for (const [path, text] of [...broken, sound]) {
  mkdirSync(join(folder, dirname(path)), { recursive: true })
  writeFileSync(join(folder, path), `${text}\n`)
}
for (const part of ['biome.json', 'lint']) cpSync(join(root, part), join(folder, part), { recursive: true })
const biome = join(root, 'node_modules/.bin/biome')
const { stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', '--max-diagnostics=none'], {
  cwd: folder,
  encoding: 'utf8',
})
/** What the linter says, by file. */
const said = Map.groupBy((stdout + stderr).split(/\n(?=[\w/.-]+\.ts:\d+)/), (part) =>
  part.slice(0, part.indexOf(':')).trim(),
)

test.each(broken)('%s is refused', (path, _, message) => {
  expect(said.get(path)?.join('\n')).toContain(message)
})

test('what is allowed passes', () => {
  expect(said.get(sound[0])).toBeUndefined()
})
