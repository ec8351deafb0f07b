import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { bundle, bundleBudget } from '../lib/build.ts'
import { discover } from '../lib/discover.ts'
import { openapi } from '../lib/openapi.ts'
import { deploy } from '../lib/stacks/product.ts'
import { adaptersOf, contextOf, settingsOf } from '../lib/stacks/settings.ts'

// Run by the CDK CLI (cdk.json), or as it is with CDK_OUTDIR; needs neither network nor AWS account.
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const app = new App({ context: contextOf(root), analyticsReporting: false })
const found = await discover(root)
const settings = settingsOf((name) => app.node.tryGetContext(name))
const built = await bundle(root, `${root}/dist`, found, adaptersOf(settings))
const machines = new Map(
  globSync('state-machines/*.asl.json', { cwd: root }).map((file) => [
    basename(file, '.asl.json'),
    readFileSync(`${root}/${file}`, 'utf8'),
  ]),
)
deploy(app, { found, ...built, document: openapi(found), machines }, settings)
// The switch of CDK's own checks: the local start leaves them out, the whole check of the project runs them.
if (process.env.CDK_VALIDATION !== 'false') {
  sayHeaviest()
  const { AwsSolutionsChecks } = await import('cdk-nag')
  const { IotChecks } = await import('../lib/stacks/iot-checks.ts')
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new IotChecks(app))
}
app.synth()

function sayHeaviest(): void {
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KB`
  const weighed = built.bundles.map((one) => ({ name: one.name, size: one.gzipBytes() }))
  const [fullest] = weighed.sort((a, b) => b.size - a.size)
  if (!fullest) return
  const { name, size } = fullest
  const budget = kilobytes(bundleBudget)
  console.log(`${weighed.length} bundles, the fullest ${name} with ${kilobytes(size)} of ${budget} gzip`)
  for (const { port, gzipBytes } of built.layers) {
    const { code, files } = gzipBytes()
    console.log(
      `layer ${port}: ${kilobytes(code)} of code, ${kilobytes(files)} of other files, gzip, not in any bundle`,
    )
  }
  if (size > bundleBudget)
    throw new Error(`${name} is heavier than ${budget} gzip. Look for an import of which it uses little.`)
}
