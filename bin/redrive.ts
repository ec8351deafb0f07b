import { parseArgs } from 'node:util'
import { takeAccess } from '../lib/access.ts'
import { discover } from '../lib/discover.ts'
import { listAside, redrive, redriveFacts } from '../lib/redrive.ts'
import { Names } from '../lib/stacks/names.ts'
import { contextOf } from '../lib/stacks/settings.ts'

// npm run redrive -- --list                       says what was put aside in every queue, and why
// npm run redrive                                 sends all of it again
// npm run redrive -- --queue scans                only what lies in this queue, or of the reaction area/verb-noun
// npm run redrive -- --cause reading-implausible  only what has this cause
// npm run redrive -- --local 4600                 in the local cloud on this port
const { values } = parseArgs({
  options: {
    queue: { type: 'string' },
    cause: { type: 'string' },
    list: { type: 'boolean' },
    local: { type: 'string' },
  },
})
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { name, region } = contextOf(root)
if (region) process.env.AWS_REGION ??= String(region)
await takeAccess(values.local)
const names = new Names(String(name))

/** Where messages are put aside, by the name of their queue or reaction, and how they go again. */
const places = (await discover(root)).flatMap(({ name: reaction, spec }) => {
  if (spec.kind !== 'reaction' || spec.on === 'facts') return []
  if ('queue' in spec.on) {
    const { queue } = spec.on
    const dead = names.putAside(queue)
    return [{ name: queue, dead, send: () => redrive({ waiting: names.of(queue), dead }, values.cause) }]
  }
  const dead = names.deadLetters(reaction)
  return [{ name: reaction, dead, send: () => redriveFacts({ dead, bus: names.of('facts') }, values.cause) }]
})
const lake = { dead: names.putAside('lake-facts'), bus: names.of('facts') }
places.push({ name: 'lake-facts', dead: lake.dead, send: () => redriveFacts(lake, values.cause) })
const chosen = places.filter((place) => values.queue === undefined || place.name === values.queue)
if (chosen.length === 0) {
  console.error(`There is no queue ${values.queue}; there are ${places.map((place) => place.name).join(', ')}`)
  process.exit(1)
}
for (const { name, dead, send } of chosen)
  if (values.list)
    for (const { at, cause } of await listAside(dead)) console.log(`${name} ${at} ${cause.code}: ${cause.en}`)
  else {
    const count = await send()
    if (count > 0 || values.queue) console.log(`${count} messages of ${dead} sent again`)
  }
