import type { IotRegistry } from './iot-registry.ts'
import { ShadowRefused, shadowDocument, updateShadow } from './iot-shadow-document.ts'

/** What may be asked of a shadow. */
type ShadowVerb = 'get' | 'update' | 'delete'

/** The classic shadows of all things. */
export interface Shadows {
  /** Does a request, tells it on the thing's shadow topics, and gives the accepted document; throws `ShadowRefused`. */
  request(thing: string, verb: ShadowVerb, payload: Buffer): Promise<object>
  /** Does a request that came as a message to a `$aws/things/…/shadow/…` topic; other topics change nothing. */
  arrive(topic: string, payload: Buffer): Promise<void>
}

const TOPIC = /^\$aws\/things\/([^/]+)\/shadow\/(get|update|delete)$/

/** Opens the shadow service; `tell` publishes to topics as AWS does. */
export function openShadows(registry: IotRegistry, tell: (topic: string, document: object) => Promise<void>): Shadows {
  async function run(thing: string, verb: ShadowVerb, payload: Buffer): Promise<object> {
    const head = `$aws/things/${thing}/shadow`
    const before = registry.get('shadow', thing)
    const timestamp = Math.floor(Date.now() / 1000)
    if (verb === 'update') {
      const { shadow, accepted, delta, documents } = updateShadow(before, payload, timestamp)
      await registry.set('shadow', thing, shadow)
      await tell(`${head}/update/accepted`, accepted)
      if (delta) await tell(`${head}/update/delta`, delta)
      await tell(`${head}/update/documents`, documents)
      return accepted
    }
    if (!before) throw new ShadowRefused(404, `No shadow exists with name: '${thing}'`)
    if (verb === 'delete') await registry.set('shadow', thing, undefined)
    const answer = verb === 'get' ? shadowDocument(before) : { version: before.version, timestamp }
    await tell(`${head}/${verb}/accepted`, { ...answer, ...clientToken(payload) })
    return answer
  }

  async function request(thing: string, verb: ShadowVerb, payload: Buffer): Promise<object> {
    try {
      return await run(thing, verb, payload)
    } catch (error) {
      if (error instanceof ShadowRefused) {
        const timestamp = Math.floor(Date.now() / 1000)
        const refusal = { code: error.code, message: error.message, timestamp, ...clientToken(payload) }
        await tell(`$aws/things/${thing}/shadow/${verb}/rejected`, refusal)
      }
      throw error
    }
  }

  return {
    request,
    async arrive(topic, payload) {
      const [, thing, verb] = TOPIC.exec(topic) ?? []
      if (!thing) return
      try {
        await request(thing, verb as ShadowVerb, payload)
      } catch (error) {
        // The device was told on the rejected topic.
        if (!(error instanceof ShadowRefused)) throw error
      }
    },
  }
}

function clientToken(payload: Buffer): { clientToken?: string } {
  try {
    const { clientToken: token } = JSON.parse(payload.toString('utf8')) ?? {}
    return typeof token === 'string' ? { clientToken: token } : {}
  } catch {
    return {} // A payload that is not JSON has no token to give back.
  }
}
