import type { MqttClient } from 'mqtt'
import type { CommandRoute, DeviceConfig, SourceOf } from './config.ts'
import { patiently } from './patience.ts'
import { subscribe } from './sources/broker.ts'
import type { Log, Running } from './sources/source.ts'

/** How often an answer looks whether the cloud is back. */
const lookMs = 200

/** A command as lotline keeps it in the desired state of the device's shadow. */
interface Command {
  readonly action: string
  readonly parameters?: unknown
  readonly expiresAt: string
}

/** What a machine answers; `id` is that of the command. */
interface Answer {
  readonly id: string
  readonly status: string
  readonly reason?: string
}

/**
 * Passes commands of the cloud on to a machine, and its answers back. The shadow keeps a command until it is answered or
 * its time is over, so whatever was cut off in between is passed on again, under the same id.
 */
export function relayCommands(
  { id: device, commands: route }: DeviceConfig & { readonly commands: CommandRoute },
  source: SourceOf<'mqtt'>,
  cloud: MqttClient,
  log: Log,
): Running {
  const shadow = `$aws/things/${device}/shadow`
  const passedOn = new Set<string>()
  let closing = false

  const report = async (commands: Record<string, { status: string; reason?: string }>) => {
    const update = JSON.stringify({ state: { reported: { commands } } })
    await patiently(cloud.publishAsync(`${shadow}/update`, update, { qos: 1 }))
  }
  const passOn = async (plant: MqttClient, id: string, { action, parameters, expiresAt }: Command) => {
    if (passedOn.has(id) || Date.parse(expiresAt) <= Date.now()) return
    passedOn.add(id)
    try {
      await patiently(
        plant.publishAsync(route.topic, JSON.stringify({ id, action, parameters, expiresAt }), { qos: 1 }),
      )
      log('command-passed-on', { device, command: id, action })
      await report({ [id]: { status: 'in-progress' } })
    } catch (error) {
      passedOn.delete(id)
      log('command-waits', { device, command: id, why: (error as Error).message })
    }
  }
  const answers = subscribe(
    `${route.source}-${device}`,
    source,
    [route.answers],
    // The plant's broker keeps the answer until the cloud has it.
    async (_, payload) => {
      const answer = answerOf(payload)
      if (typeof answer === 'string') return log('answer-unreadable', { device, why: answer })
      const { id, status, reason } = answer
      for (;;) {
        if (closing) throw new Error('the gateway is closing')
        try {
          if (cloud.connected) return await report({ [id]: { status, ...(reason !== undefined && { reason }) } })
        } catch (error) {
          log('answer-waits', { device, command: id, why: (error as Error).message })
        }
        await new Promise((resolve) => setTimeout(resolve, lookMs))
      }
    },
    log,
  )

  const ask = () => {
    // Commands of the time in which this gateway was away stand in the shadow only.
    cloud.subscribe([`${shadow}/update/delta`, `${shadow}/get/accepted`], { qos: 1 }, (error) => {
      if (error) log('commands-refused', { device, why: error.message })
      else cloud.publish(`${shadow}/get`, '', { qos: 1 }, () => undefined)
    })
  }
  const hear = (topic: string, payload: Buffer) => {
    if (!topic.startsWith(`${shadow}/`)) return
    const { state } = JSON.parse(payload.toString('utf8'))
    const open = (topic.endsWith('/get/accepted') ? state?.delta : state)?.commands ?? {}
    for (const [id, command] of Object.entries<Command>(open)) void passOn(answers.client, id, command)
  }
  cloud.on('connect', ask)
  cloud.on('message', hear)
  answers.client.on('connect', () => cloud.connected && ask())
  return {
    async close() {
      closing = true
      await answers.close()
    },
  }
}

const statuses = ['in-progress', 'succeeded', 'failed', 'rejected']

/** The answer of a machine, or why it is none. */
export function answerOf(payload: Buffer): Answer | string {
  let json: any
  try {
    json = JSON.parse(payload.toString('utf8'))
  } catch (error) {
    return (error as Error).message
  }
  const { id, status, reason } = Object(json)
  if (typeof id !== 'string' || id === '') return 'it names no command in "id"'
  if (!statuses.includes(status)) return `its "status" is none of ${statuses.join(', ')}`
  return { id, status, ...(typeof reason === 'string' && reason !== '' && { reason: reason.slice(0, 200) }) }
}
