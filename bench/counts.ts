import diagnostics from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planFaults } from '../lib/local/faults.ts'
import { startLocalCloud } from '../lib/local/start.ts'
import { Door } from '../test/cloud/door.ts'
import { People } from '../test/cloud/people.ts'
import { tokenSigner } from '../test/cloud/tokens.ts'
import { oneOfEach, setStage } from './mix.ts'

/** Calls of the table that a person's request makes; those of the stream's reader are not among them. */
const ofRequests = /\.(GetItem|BatchGetItem|Query|TransactWriteItems|PutItem|UpdateItem)$/

/** What one request of a kind costs, counted and not timed. */
export interface Cost {
  readonly name: string
  /** Calls of the table, e.g. `BatchGetItem`. */
  readonly calls: readonly string[]
  /** Bytes sent to the table, and bytes of the answer to the person. */
  readonly tableBytes: number
  readonly answerBytes: number
}

/** Runs one request of each kind alone on a local cloud in this process, and counts what passes to its database. */
export async function countCosts(out: string, port: number): Promise<Cost[]> {
  const data = mkdtempSync(join(tmpdir(), 'lotline-counts-'))
  const cloud = await startLocalCloud({ port, out, data })
  const door = new Door(port)
  const heard: { call: string; bytes: number }[] = []
  const listen = (message: unknown) => {
    const { headers } = (message as { request: IncomingMessage }).request
    const target = String(headers['x-amz-target'] ?? '')
    if (ofRequests.test(target) && String(headers.host).endsWith(`:${port + 1}`))
      heard.push({ call: target.slice(target.lastIndexOf('.') + 1), bytes: Number(headers['content-length']) })
  }
  // While a fault is planned, workers ask the SDK endpoint of this thread for everything.
  const end = planFaults([{ at: { state: 'none' }, when: 'before', how: 'throttle', holds: [], times: 0 }])
  try {
    const people = await People.hire(door, await tokenSigner(port, data))
    const stage = await setStage(people)
    // Once before, so that what a function reads only at its first run is not counted.
    for (const { role, name: _, ...call } of oneOfEach(stage, 0)) await people.ask(role, call)
    diagnostics.subscribe('http.server.request.start', listen)
    const costs: Cost[] = []
    for (const { role, name, ...call } of oneOfEach(stage, 1000)) {
      heard.length = 0
      const { text } = await people.ask(role, call)
      costs.push({
        name,
        calls: heard.map((one) => one.call),
        tableBytes: heard.reduce((sum, { bytes }) => sum + bytes, 0),
        answerBytes: Buffer.byteLength(text),
      })
    }
    return costs
  } finally {
    end()
    diagnostics.unsubscribe('http.server.request.start', listen)
    door.close()
    await cloud.stop()
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  }
}
