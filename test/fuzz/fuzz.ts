import { isDeepStrictEqual } from 'node:util'
import type { Answer, Call, Door } from '../cloud/door.ts'
import { type Factory, found, releasedLot, startedOrder } from '../cloud/factory.ts'
import { People } from '../cloud/people.ts'
import type { Signer } from '../cloud/tokens.ts'
import { Pool } from './bodies.ts'
import { Chance } from './chance.ts'
import { type Attempt, operationsOf, Requests } from './requests.ts'
import { badTokens } from './tokens.ts'

/** Requests in flight at once. */
const width = 12

/** What a campaign found. */
export interface Findings {
  readonly requests: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Answers of each operation that were a yes, to see that the fuzz gets inside. */
  readonly accepted: Readonly<Record<string, number>>
  /** Operations that were asked and never said yes. */
  readonly closed: readonly string[]
  readonly offences: readonly string[]
  /** Ids of the requests that were answered with a yes; only they may have written. */
  readonly yes: ReadonlySet<string>
}

interface Campaign {
  readonly door: Door
  readonly sign: Signer
  readonly document: object
  readonly seed: number
  readonly requests: number
}

/** Sends seeded requests at every operation of the document, and judges each answer. */
export async function campaign({ door, sign, document, seed, requests }: Campaign): Promise<Findings> {
  const [chance, pool] = [new Chance(seed), new Pool()]
  const judge = new Judge()
  const ears = { call: async (call: Call) => judge.note(await door.call(call)) }
  const people = await People.hire(ears, sign)
  const makers = new Requests(operationsOf(document), people, await badTokens(sign), pool, chance)
  const factory = await found(people)
  pool.learn(JSON.stringify(factory))
  let supplied = 0
  while (judge.count < requests) {
    if (judge.count >= supplied * 150) await supply(people, factory, pool, ++supplied)
    const attempts = Array.from({ length: Math.min(width, requests - judge.count) }, () => makers.next())
    const answers = await Promise.all(attempts.map(({ call }) => ears.call(call)))
    for (const [index, answer] of answers.entries()) {
      judge.hear(attempts[index]!, answer)
      if (answer.status < 300) pool.learn(answer.text)
    }
    await judge.repeatKeys(ears, attempts, answers, chance)
  }
  return judge.findings()
}

/** Brings in usable lots, a running order and a shipment, so that fitting requests find something to work on. */
async function supply(people: People, factory: Factory, pool: Pool, round: number): Promise<void> {
  const lotIds: string[] = []
  for (const [index, quantity] of [500, 40, 7].entries())
    lotIds.push(await releasedLot(people, factory, { number: `L-${round}-${index}`, quantity }))
  pool.learn(JSON.stringify(lotIds))
  pool.learn(await startedOrder(people, factory, { number: `O-${round}`, quantity: 100 }))
  const shipment = {
    number: `S-${round}`,
    customerId: factory.customerId,
    lines: [{ lotId: lotIds[0], locationId: factory.locations[0], quantity: 5, unit: 'each' }],
  }
  pool.learn(await people.make('logistics', '/shipments', shipment))
}

class Judge {
  count = 0
  private readonly statuses = new Map<string, number>()
  private readonly asked = new Set<string>()
  private readonly accepted = new Map<string, number>()
  private readonly offences: string[] = []
  private readonly yes = new Set<string>()
  private keys = 0

  /** Remembers who was answered with a yes. */
  note(answer: Answer): Answer {
    if (answer.status < 300) this.yes.add(String(answer.headers['x-amzn-requestid']))
    return answer
  }

  hear(attempt: Attempt, answer: Answer): void {
    this.count += 1
    const { status } = answer
    this.statuses.set(String(status), (this.statuses.get(String(status)) ?? 0) + 1)
    const id = attempt.operation?.id ?? '(none)'
    this.asked.add(id)
    if (status < 300) this.accepted.set(id, (this.accepted.get(id) ?? 0) + 1)
    for (const offence of offencesOf(attempt, answer)) this.offences.push(`${offence}\n  ${told(attempt, answer)}`)
  }

  /** Sends accepted commands again under a key: the same is the same, another body under this key is 409. */
  async repeatKeys(door: Pick<Door, 'call'>, attempts: readonly Attempt[], answers: readonly Answer[], chance: Chance) {
    const index = answers.findIndex(
      ({ status }, at) => status < 300 && attempts[at]!.call.method === 'POST' && attempts[at]!.how === 'fitting',
    )
    const attempt = attempts[index]
    if (!attempt || !chance.happens(0.3)) return
    this.keys += 1
    const call = { ...attempt.call, headers: { 'idempotency-key': `fuzz-${this.keys}` } }
    const [first, second] = [await door.call(call), await door.call(call)]
    this.hear({ ...attempt, how: 'with a key' }, first)
    this.hear({ ...attempt, how: 'the key again', expect: [first.status] }, second)
    if (first.status >= 300) return
    if (!isDeepStrictEqual(JSON.parse(first.text), JSON.parse(second.text)))
      this.offences.push(`a repeated key got another answer\n  ${told(attempt, second)}`)
    const other = { ...call, path: `${call.path}`, body: { ...(call.body as object), reason: `Another ${this.keys}` } }
    // Where `reason` is not a field of the schema, the schema refuses first.
    this.hear({ ...attempt, how: 'the key with another body', call: other, expect: [409, 400] }, await door.call(other))
  }

  findings(): Findings {
    const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort())
    return {
      requests: this.count,
      byStatus: sorted(this.statuses),
      accepted: sorted(this.accepted),
      closed: [...this.asked].filter((id) => id !== '(none)' && !this.accepted.has(id)).sort(),
      offences: this.offences,
      yes: this.yes,
    }
  }
}

function told({ how, call }: Attempt, { status, text }: Answer): string {
  const body =
    typeof call.body === 'string' || Buffer.isBuffer(call.body) ? String(call.body) : JSON.stringify(call.body)
  return `${how}: ${call.method} ${call.path.slice(0, 200)} ${JSON.stringify(call.headers ?? {}).slice(0, 120)} ${body?.slice(0, 400) ?? ''}\n  -> ${status} ${text.slice(0, 400)}`
}

function offencesOf({ operation, expect, call }: Attempt, { status, headers, text }: Answer): string[] {
  const offences: string[] = []
  if (status >= 500) offences.push('a fault of the machine')
  if (expect && !expect.includes(status)) offences.push(`expected ${expect.join(' or ')}`)
  if (operation && !operation.statuses.has(status)) offences.push(`${operation.id} does not document ${status}`)
  if (!operation && status < 400) offences.push('a route that does not exist said yes')
  if (status < 400) return offences
  if (call.method === 'HEAD') return offences
  const type = String(headers['content-type'])
  return [
    ...offences,
    // The gateway itself refuses some before a function could make a page of it.
    ...(operation?.isPage && call.headers?.accept === 'text/html' && type.startsWith('text/html')
      ? pageOffences(status, String(headers['content-security-policy']), text)
      : problemOffences(status, type, text)),
  ]
}

/** A refusal for a person with a browser says what happened in both languages, and runs nothing. */
function pageOffences(status: number, policy: string, text: string): string[] {
  const offences: string[] = []
  if (!policy.startsWith("default-src 'none'")) offences.push(`the page has the policy ${policy}`)
  if (!text.includes(`<title>${status}</title>`)) offences.push('the page has another status')
  if (/<script/i.test(text)) offences.push('the page has a script')
  for (const language of ['en', 'zh']) {
    const said = new RegExp(`<p lang="${language}">([^<]+)</p>`).exec(text)?.[1]
    if (!said || hole.test(said)) offences.push(`the page says nothing right in ${language}: ${said}`)
  }
  return offences
}

/** The detail without what it quotes of people: they may write what looks like a gap. */
const withoutQuotes = ({ detail, details, requestId }: Record<string, any>) =>
  [requestId, ...Object.values(details)]
    .filter((value) => typeof value === 'string' && value !== '')
    .reduce<string>((left, value) => left.replaceAll(value as string, ''), String(detail))

/** Marks of a text whose gaps were not filled. */
const hole = /[{}]|undefined|\?/

function problemOffences(status: number, type: string, text: string): string[] {
  if (type !== 'application/problem+json') return [`the answer is ${type}`]
  let problem: any
  try {
    problem = JSON.parse(text)
  } catch {
    return ['the problem is not JSON']
  }
  const offences: string[] = []
  for (const member of ['type', 'title', 'detail', 'code'])
    if (typeof problem[member] !== 'string' || problem[member] === '') offences.push(`the problem has no ${member}`)
  if (!problem.details || typeof problem.details !== 'object') return [...offences, 'the problem has no details']
  if (problem.status !== status) offences.push(`the problem says ${problem.status}`)
  if (hole.test(withoutQuotes(problem))) offences.push('the detail has a hole')
  if (problem.code !== 'input-invalid') return offences
  const errors: any[] = Array.isArray(problem.errors) ? problem.errors : []
  if (errors.length === 0) offences.push('the problem names no field')
  for (const { field, rule } of errors)
    if (typeof field !== 'string' || field === '' || typeof rule !== 'string' || rule === '' || rule === '-')
      offences.push(`field ${JSON.stringify(field)} breaks rule ${JSON.stringify(rule)}`)
  return offences
}
