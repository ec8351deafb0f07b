import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Discovered, discover } from '../lib/discover.ts'
import { inventory } from '../lib/inventory.ts'
import { openapi } from '../lib/openapi.ts'
import { published, vanished } from '../lib/published.ts'

// npm run generate            writes openapi.json, inventory.md and published.json
// npm run generate -- --check fails when a committed one is stale, or when a published name is gone;
//                             a new, uncommitted file in lambdas/ is added to them without complaint
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const checking = process.argv.includes('--check')
const read = (file: string) => (existsSync(`${root}/${file}`) ? readFileSync(`${root}/${file}`, 'utf8') : '')

const before = read('published.json')
const generate = (found: readonly Discovered[]) => ({
  'openapi.json': `${JSON.stringify(openapi(found), null, 1)}\n`,
  'inventory.md': inventory(found),
  'published.json': `${JSON.stringify(published(found, before), null, 2)}\n`,
})

function untracked(): string[] {
  try {
    const list = ['ls-files', '--others', '--exclude-standard', 'lambdas']
    return execFileSync('git', list, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter(Boolean)
  } catch {
    return [] // Not a git checkout: nothing can be told to be new.
  }
}

const found = await discover(root)
const gone = vanished(found, before)
if (gone.length > 0) {
  console.error(
    `Published names are gone: ${gone.join(', ')}. Others rely on them: bring them back, or remove them from published.json by hand in a commit that says "BREAKING CHANGE".`,
  )
  process.exit(1)
}

const fresh = Object.entries(generate(found)).filter(([file, text]) => read(file) !== text)
if (checking && fresh.length > 0) {
  const added = new Set(untracked())
  const committed = generate(found.filter(({ file }) => !added.has(file)))
  const stale = Object.entries(committed).filter(([file, text]) => read(file) !== text)
  for (const [file] of stale) console.error(`${file} is stale. Run "npm run generate" and commit it.`)
  if (stale.length > 0) process.exit(1)
}
for (const [file, text] of fresh) {
  writeFileSync(`${root}/${file}`, text)
  console.log(`wrote ${file}${checking ? '; commit it with your new file' : ''}`)
}
