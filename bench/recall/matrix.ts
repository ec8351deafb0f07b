import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import { Clock } from '../../lib/domain/clock.ts'
import { Notice, noticeIdOf } from '../../lib/domain/notice.ts'
import { Recall } from '../../lib/domain/recall.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { stableId } from '../../lib/kit/ledger.ts'
import { type Fault, planFaults } from '../../lib/local/faults.ts'
import { startExecution } from '../../lib/local/stepfunctions.ts'
import type { People } from '../../test/cloud/people.ts'
import type { OpenTable } from '../../test/cloud/table.ts'
import { type Cell, cellsOf, faultsOf, type Machine, type Marks, machines, nameOf, uncovered } from './cells.ts'
import { approveNotices, hasStatus, judge, type Message, openRecall, outbox, until } from './recalls.ts'

/** Cells in progress at once. */
const atOnce = 8
/** Milliseconds in which an answer comes back to the machine. */
const settling = 2000
const machine = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:lotline-${name}`

/** A world in which one lot went to some consignees. */
export interface Stage {
  readonly people: People
  readonly world: OpenTable
  readonly url: string
  readonly lotId: string
  /** Who must get one mail in each recall of the lot, and one text message. */
  readonly addresses: readonly string[]
  readonly phones: readonly string[]
  readonly partnerIds: readonly string[]
}

/** What came of a cell. */
export interface Verdict {
  readonly name: string
  readonly missed: number
  readonly double: number
  readonly facts: string
  readonly ok: boolean
}

/** Runs each cell once, in a recall of its own, and counts messages and facts. */
export async function runMatrix(
  stage: Stage,
  say: (line: string) => void,
  chosen: ReadonlySet<string>,
): Promise<Verdict[]> {
  const cellsFor = (name: Machine) => (chosen.has(name) ? cellsOf(name) : [])
  for (const name of machines) {
    const missing = uncovered(name, JSON.parse(readFileSync(`state-machines/${name}.asl.json`, 'utf8')))
    if (missing.length > 0) throw new Error(`no cell breaks ${missing.join(', ')} of ${name}`)
  }
  const begin = Date.now()
  const ran = (what: string) => say(`${what} ran after ${Math.round((Date.now() - begin) / 1000)} s`)
  // Of the first steps of a machine nobody knows the recall before they run: one after another.
  const isEarly = ({ step }: Cell) => [step.state, step.reachedBy?.state].some((state) => early.has(state))
  const frozen: Opened[] = []
  for (const cell of cellsFor('recall').filter(isEarly)) frozen.push(await open(stage, cell))
  ran('the first steps')
  // Some wait for minutes before they try again; the others go on meanwhile.
  const slow = each(frozen, frozen.length, (one) => finish(stage, one))
  const [late, quick] = partition(
    cellsFor('recall').filter((cell) => !isEarly(cell)),
    ({ step }) => step.reachedBy !== undefined,
  )
  const patient = each(late, late.length, (cell) => tell(stage, cell))
  const told = await each(quick, atOnce, (cell) => tell(stage, cell))
  ran('notices')
  const asked = await chase(stage, cellsFor('recall-chase'))
  ran('the chase')
  const closed = await each(cellsFor('recall-close'), atOnce, (cell) => reconcile(stage, cell))
  const drilled = await each(cellsFor('recall-drill'), atOnce, (cell) => drill(stage, cell))
  ran('reconciliations and drills')
  const all = [...(await slow), ...(await patient), ...told, ...asked, ...closed, ...drilled]
  ran('what waited')
  const messages = await outbox(stage.url)
  const verdicts = await each(all, atOnce, (one) => verdictOf(stage, one, messages))
  for (const { name, missed, double, facts, ok } of verdicts)
    if (!ok) say(`${name}: ${missed} missed, ${double} double, ${facts}`)
  return verdicts
}

/** States through which a recall comes before anybody knows its id. */
const early: ReadonlySet<string | undefined> = new Set(['Freeze', 'Scope'])

const partition = <T>(all: readonly T[], isOne: (item: T) => boolean) =>
  [all.filter(isOne), all.filter((item) => !isOne(item))] as const

interface Done {
  readonly cell: Cell
  readonly recallId: string
  /** Of a case that was chased. */
  readonly clockId?: string
  /** Faults that never struck: then the cell shows nothing. */
  readonly idle: readonly Fault[]
  /** What else must be so, by what it is called. */
  readonly holds?: Readonly<Record<string, boolean>>
}

interface Opened {
  readonly cell: Cell
  readonly recallId: string
  end(): Fault[]
}

/** Opens a recall whose first steps break. */
async function open({ people, world, lotId }: Stage, cell: Cell): Promise<Opened> {
  const call = [cell.step.state === 'Freeze' ? 'FROZEN#' : 'RECALL#']
  const end = planFaults(faultsOf(cell, { input: [], call, fact: [] }))
  const recallId = await openRecall(people, cell.title, lotId)
  if (cell.step.reachedBy) await until('the failure', 120, () => failedOnce(world, recallId))
  else await hasStatus(world, recallId, 'scoped')
  return { cell, recallId, end }
}

async function finish({ people, world }: Stage, { cell, recallId, end }: Opened): Promise<Done> {
  await approveNotices({ people, world }, recallId)
  await hasStatus(world, recallId, 'notified')
  return { cell, recallId, idle: end(), holds: await failureShows(world, cell, recallId) }
}

async function tell({ people, world, lotId }: Stage, cell: Cell): Promise<Done> {
  const recallId = await openRecall(people, cell.title, lotId)
  await hasStatus(world, recallId, 'scoped')
  const end = planFaults(faultsOf(cell, { input: [recallId], call: [cell.title], fact: [recallId] }))
  await approveNotices({ people, world }, recallId)
  await hasStatus(world, recallId, 'notified')
  return { cell, recallId, idle: end(), holds: await failureShows(world, cell, recallId) }
}

const timesOfFact = async ({ table }: OpenTable, recallId: string, type: string) =>
  (await table.history(Recall, recallId)).filter((fact) => fact.type === type).length

const failedOnce = async (world: OpenTable, recallId: string) =>
  (await timesOfFact(world, recallId, 'RecallStepFailed')) > 0 ? true : undefined

/** A step that gave up stands on the case. */
async function failureShows(world: OpenTable, { step }: Cell, recallId: string): Promise<Record<string, boolean>> {
  return step.reachedBy ? { failureShows: (await failedOnce(world, recallId)) === true } : {}
}

/** Accounts for a recall that nobody answered; where its machine gave up, it is asked for once more. */
async function reconcile(stage: Stage, cell: Cell): Promise<Done> {
  const { people, world, lotId, addresses } = stage
  const recallId = await openRecall(people, cell.title, lotId)
  await approveNotices({ people, world }, recallId)
  await hasStatus(world, recallId, 'notified')
  const end = planFaults(faultsOf(cell, { input: [recallId], call: [recallId], fact: [recallId] }))
  const ask = () => people.post('quality', `/recalls/${recallId}/reconciliations`, {})
  await ask()
  if (cell.step.reachedBy) {
    await until('the failure', 120, () => failedOnce(world, recallId))
    // Its name follows from the millisecond.
    await ask()
  }
  const reconciled = await until('the reconciliation', 300, async () => {
    const [stored] = await world.table.states([{ entity: Recall, id: recallId }])
    return Recall.schema.parse(stored!.data).reconciled
  })
  // A fault after the fact is still to come.
  await pause(settling)
  const idle = end()
  const isComplete = reconciled.parties === addresses.length && reconciled.unanswered.count === addresses.length
  return { cell, recallId, idle, holds: { isComplete, ...(await failureShows(world, cell, recallId)) } }
}

/** Runs the continuous drill under a name of its own: it tells nobody. */
async function drill({ world }: Stage, cell: Cell): Promise<Done> {
  const recallId = stableId(Recall.prefix, cell.title)
  const { state } = cell.step
  const marks = { input: [state === 'OpenDrill' ? cell.title : recallId], call: [recallId], fact: [recallId] }
  const end = planFaults(faultsOf(cell, marks))
  const status = await ended(await startExecution(machine('recall-drill'), {}, cell.title))
  const idle = end()
  const counts = await Promise.all(
    ['RecallOpened', 'RecallDrillMeasured', 'RecallClosed'].map((type) => timesOfFact(world, recallId, type)),
  )
  return { cell, recallId, idle, holds: { ended: status === 'SUCCEEDED', once: counts.join() === '1,1,1' } }
}

/** States that every run of the machine passes once, for all cases together. */
const shared = new Set(['FindDueClocks', 'FindOpenRecalls'])

/** Breaks the machine that chases the silent: all cells that concern one case in one run, the others in a run each. */
async function chase(stage: Stage, cells: readonly Cell[]): Promise<Done[]> {
  const cases = await each(cells, atOnce, (cell) => openCase(stage, cell))
  const together = cases.filter(({ cell }) => !shared.has(cell.step.state))
  const alone = cases.filter(({ cell }) => shared.has(cell.step.state))
  const done = await chaseOnce(stage, together)
  for (const one of alone) done.push(...(await chaseOnce(stage, [one])))
  return done
}

interface Case {
  readonly cell: Cell
  readonly recallId: string
  readonly noticeId: string
  readonly clockId: string
}

async function openCase({ people, world, lotId, partnerIds }: Stage, cell: Cell): Promise<Case> {
  const recallId = await openRecall(people, cell.title, lotId)
  await approveNotices({ people, world }, recallId)
  await hasStatus(world, recallId, 'notified')
  await people.post('quality', `/recalls/${recallId}/classifications`, {
    ...{ market: 'US', class: 'II', reason: 'Bench of recalls' },
  })
  const clockId = await until('the clock', 60, async () => {
    const { text } = await people.ask('quality', { method: 'GET', path: `/clocks?recallId=${recallId}` })
    return JSON.parse(text).items.find(({ state }: any) => state.rule === 'us-806')?.id as string | undefined
  })
  return { cell, recallId, noticeId: noticeIdOf(recallId, partnerIds[0]!), clockId }
}

/** One consignee of each case has been silent for long, and its clock has run out, when the machine runs. */
async function chaseOnce({ world }: Stage, cases: readonly Case[]): Promise<Done[]> {
  const ends = await each(cases, atOnce, async (one) => {
    const { cell, recallId, noticeId, clockId } = one
    await backdate(world, Notice, noticeId, { sentAt: '2020-01-31T08:00:00.000Z' })
    await backdate(world, Clock, clockId, {
      ...{ startedAt: '2020-01-31T08:00:00.000Z', dueOn: '2020-02-14', dueAt: '2020-02-15T05:00:00.000Z' },
    })
    const end = planFaults(faultsOf(cell, marksOf(one)))
    return { cell, recallId, clockId, end }
  })
  await ended(await startExecution(machine('recall-chase'), {}))
  return ends.map(({ end, ...one }) => ({ ...one, idle: end() }))
}

function marksOf({ cell, recallId, noticeId, clockId }: Case): Marks {
  const { state } = cell.step
  const input = { ReviewClock: [clockId], FindSilentParties: [recallId], RemindParty: [noticeId] }[state] ?? []
  // The warning that a term has passed names the case as well.
  return { input, call: [cell.title, 'REMINDER'], fact: [state === 'ReviewClock' ? clockId : noticeId] }
}

async function ended(executionArn: string): Promise<string> {
  const sfn = new SFNClient({})
  return until(`the end of ${executionArn}`, 600, async () => {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    return status === 'RUNNING' ? undefined : status
  })
}

/** Changes a state as if it had happened long ago. */
async function backdate({ table }: OpenTable, entity: Entity, id: string, changes: object): Promise<void> {
  const [stored] = await table.states([{ entity, id }])
  const next = { ...stored!, version: stored!.version + 1, data: { ...stored!.data, ...changes } }
  const { done } = await table.transact([{ kind: 'state', entity, expect: stored!.version, next }])
  if (!done) throw new Error(`${entity.name} ${id} changed meanwhile`)
}

async function verdictOf(
  stage: Stage,
  { cell, recallId, clockId, idle, holds = {} }: Done,
  all: readonly Message[],
): Promise<Verdict> {
  const { world, partnerIds } = stage
  // A drill tells nobody.
  const isDrill = cell.step.machine === 'recall-drill'
  const [addresses, phones] = isDrill ? [[], []] : [stage.addresses, stage.phones]
  const mine = all.filter(({ subject, text }) => subject.includes(cell.title) || text.includes(cell.title))
  const mails = mine.filter(({ kind }) => kind === 'email')
  const isReminder = ({ subject }: Message) => subject.startsWith('REMINDER')
  const isWarning = ({ subject }: Message) => subject.startsWith('OVERDUE')
  const first = judge(
    addresses,
    mails.filter((mail) => !isReminder(mail) && !isWarning(mail)),
  )
  const texts = judge(
    phones,
    mine.filter(({ kind, text }) => kind === 'sms' && !text.startsWith('REMINDER')),
  )
  const counts = [first]
  // A text message leaves at most once; the mail says the same.
  counts.push({ ...texts, missed: cell.step.effect?.service === 'sns' ? 0 : texts.missed })
  const histories = await Promise.all(
    partnerIds.map((partnerId) => world.table.history(Notice, noticeIdOf(recallId, partnerId))),
  )
  const factsOf = (type: string) => histories.map((facts) => facts.filter((fact) => fact.type === type).length)
  const facts = {
    idle: idle.map(({ at, when }) => `${JSON.stringify(at)} ${when}`),
    ...holds,
    sent: factsOf('NoticeSent'),
    reminded: factsOf('NoticeReminded'),
    overdue: [] as number[],
  }
  let right = Object.values(holds).every(Boolean) && (isDrill || facts.sent.every((count) => count === 1))
  if (clockId) {
    counts.push(judge([addresses[0]!], mails.filter(isReminder)))
    counts.push(judge(['safety@maker.example'], mails.filter(isWarning)))
    facts.overdue = [(await world.table.history(Clock, clockId)).filter(({ type }) => type === 'ClockOverdue').length]
    right &&= facts.overdue[0] === 1 && facts.reminded.reduce((sum, count) => sum + count, 0) === 1
  }
  const missed = counts.reduce((sum, one) => sum + one.missed, 0)
  const double = counts.reduce((sum, one) => sum + one.double, 0)
  return {
    name: nameOf(cell),
    missed,
    double,
    facts: JSON.stringify(facts),
    ok: right && idle.length === 0 && missed + double === 0,
  }
}

/** Works on so many at a time; results in the order of the items. */
async function each<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of left) results[index] = await work(item)
    }),
  )
  return results
}
