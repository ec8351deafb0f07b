import { parseArgs } from 'node:util'
import { listAside, redrive } from '../lib/redrive.ts'
import { contextOf } from '../lib/stacks/settings.ts'

// npm run redrive -- --list                       says what was put aside, and why
// npm run redrive                                 sends all of it again
// npm run redrive -- --cause reading-implausible  only what has this cause
// npm run redrive -- --local 4600                 in the local cloud on this port
const { values } = parseArgs({
  options: {
    queue: { type: 'string', default: 'telemetry' },
    cause: { type: 'string' },
    list: { type: 'boolean' },
    local: { type: 'string' },
  },
})
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { name, region } = contextOf(root)
if (region) process.env.AWS_REGION ??= String(region)
if (values.local)
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${Number(values.local) + 1}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'any',
  })
const waiting = `${name}-${values.queue}`
const dead = `${waiting}-dead`
if (values.list) for (const { at, cause } of await listAside(dead)) console.log(`${at} ${cause.code}: ${cause.en}`)
else console.log(`${await redrive({ waiting, dead }, values.cause)} messages of ${dead} sent again to ${waiting}`)
