import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { GetThingShadowCommand, IoTDataPlaneClient, UpdateThingShadowCommand } from '@aws-sdk/client-iot-data-plane'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Clock } from '../../lib/domain/clock.ts'
import { exampleCsr } from '../../lib/domain/device.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { Notice, noticeIdOf } from '../../lib/domain/notice.ts'
import { Recall } from '../../lib/domain/recall.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts'
import { startExecution } from '../../lib/local/stepfunctions.ts'
import { noBrowser, openBrowser, picture } from '../cloud/browser.ts'
import { Door } from '../cloud/door.ts'
import { type Factory, found, releasedLot } from '../cloud/factory.ts'
import { linkSigner } from '../cloud/links.ts'
import { People } from '../cloud/people.ts'
import { freePort } from '../cloud/running.ts'
import { synthesized } from '../cloud/synthesis.ts'
import { type OpenTable, openTable } from '../cloud/table.ts'
import { claimsOf, type Signer, tokenSigner } from '../cloud/tokens.ts'

const port = await freePort(26_000)
const shipped = 10

let cloud: LocalCloud
let folder: string
let door: Door
let people: People
let sign: (id: string, until?: string) => Promise<string>
let tokens: Signer
let world: OpenTable
/** A real recall that stays open. */
let openId: string
let factory: Factory
let lotId: string
let recallId: string
/** Path of the link that the customer got by mail. */
let link: string

beforeAll(async () => {
  const app = await synthesized()
  folder = app.folder
  cloud = await startLocalCloud({ port, data: app.data, out: app.out })
  door = new Door(port)
  tokens = await tokenSigner(port, app.data)
  people = await People.hire(door, tokens)
  world = await openTable(port)
  sign = linkSigner(app.data)
  factory = await found(people)
  const contact = { name: 'Safety desk', email: 'customer@example.com', phone: '+49 (0)151 1234567', sms: true }
  await people.ask('admin', {
    ...{ method: 'PUT', path: `/partners/${factory.customerId}/contacts` },
    body: { language: 'en', contacts: [contact] },
  })
  lotId = await shippedLot('L-4711')
  recallId = await people.make('quality', '/recalls', {
    title: 'Parts break',
    reason: 'Hairline cracks in the housing',
    drill: false,
    source: { kind: 'complaint', reference: 'C-12' },
    contact: { name: 'Safety officer', email: 'safety@maker.example' },
    seeds: { lotIds: [lotId] },
  })
}, 240_000)

afterAll(async () => {
  door?.close()
  await cloud?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A lot of which the customer has got some. */
async function shippedLot(number: string): Promise<string> {
  const lotId = await releasedLot(people, factory, { number, quantity: 100 })
  const shipmentId = await people.make('logistics', '/shipments', {
    ...{ number: `SH-${number}`, customerId: factory.customerId },
    lines: [{ lotId, locationId: factory.locations[0], quantity: shipped, unit: 'each' }],
  })
  await people.post('logistics', `/shipments/${shipmentId}/delivery`, { receivedBy: 'Ward' })
  return lotId
}

const machine = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:lotline-${name}`

const asJson = async (path: string, role: 'quality' = 'quality') =>
  JSON.parse((await people.ask(role, { method: 'GET', path })).text)

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 200; left > 0; left -= 1) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${what} did not happen in 20 s`)
}

const mails = async () => (await (await fetch(`${cloud.url}/_local/outbox.json`)).json()) as any[]
const answer = (body: object, to = link) => door.call({ method: 'POST', path: `${to}/answers`, body })
const line = (parts: object) => ({
  answeredBy: 'Ward pharmacy',
  affected: true,
  complete: false,
  lines: [{ lotId, ...parts }],
})

/** Waits until a recall has come to this status. */
const comes = (recallId: string, status: string) =>
  eventually(`status ${status}`, async () => {
    const { recall } = await asJson(`/recalls/${recallId}`)
    return recall.status === status ? recall : undefined
  })

describe('nothing leaves the company before a second person signed it', () => {
  const inTime = Math.floor(Date.now() / 1000)
  const claims = (sub: string, more: object = {}) => ({
    ...claimsOf({ sub, name: 'Zoë Second', roles: ['quality'], sites: ['*'] }),
    ...more,
  })
  const approve = async (token: string, hash?: string) => {
    const { status, text } = await door.call({
      ...{ method: 'POST', path: `/recalls/${recallId}/notice-approvals`, token },
      body: hash === undefined ? {} : { signature: { hash, timeZone: 'Asia/Shanghai' } },
    })
    return [status, JSON.parse(text)] as const
  }

  test('a frozen recall waits, and no execution is held open for it', async () => {
    await comes(recallId, 'scoped')
    expect((await mails()).filter(({ subject }) => subject.includes('Parts break'))).toEqual([])
    const { draft, approved } = await asJson(`/recalls/${recallId}/notice-draft`)
    expect(approved).toBe(false)
    expect(draft.messages.map(({ subject }: any) => subject)).toContain('紧急：产品召回——Parts break')
  })

  test('only another person, who signed in just now, and what they read', async () => {
    const { hash } = await asJson(`/recalls/${recallId}/notice-draft`)
    const code = async (token: string, signed?: string) => (await approve(token, signed))[1].code
    expect(await code(people.token('quality'), hash)).toBe('signer-involved')
    expect((await approve(await tokens(claims('usr-zoe'))))[1]).toMatchObject({
      code: 'signature-missing',
      details: { hash },
    })
    expect(await code(await tokens(claims('usr-zoe', { auth_time: inTime - 600 })), hash)).toBe('sign-in-old')
    expect(await code(await tokens(claims('usr-zoe', { auth_time: undefined })), hash)).toBe('sign-in-old')
    expect(await code(await tokens(claims('usr-zoe')), 'f'.repeat(64))).toBe('signature-outdated')
  })

  test('the signature stands in the fact with name, meaning, time and zone; its sign-in signs nothing else', async () => {
    const { hash } = await asJson(`/recalls/${recallId}/notice-draft`)
    const token = await tokens(claims('usr-zoe'))
    expect((await approve(token, hash))[0]).toBe(200)
    await comes(recallId, 'notified')
    const { history } = await asJson(`/recalls/${recallId}`)
    const [fact] = history.filter(({ type }: any) => type === 'RecallNoticesApproved')
    expect(fact.signature).toMatchObject({ name: 'Zoë Second', timeZone: 'Asia/Shanghai', hash, at: fact.at })
    expect(fact.signature.meaning.zh).toContain('批准')
    const again = await door.call({
      ...{ method: 'POST', path: `/recalls/${recallId}/classifications`, token },
      body: {
        ...{ market: 'US', class: 'I', reason: 'Cracks' },
        signature: { hash: history.at(-1).hash, timeZone: 'Asia/Shanghai' },
      },
    })
    expect([again.status, JSON.parse(again.text).code]).toEqual([409, 'sign-in-used'])
  })
})

describe('a real recall', () => {
  test('tells customer and supplier, each once, with a link of their own', async () => {
    const told = (await mails()).filter(({ subject }) => subject.includes('Parts break'))
    expect(told.map(({ to }) => to[0]).sort()).toEqual(['customer@example.com', 'supplier@example.com'])
    const mine = told.find(({ to }) => to[0] === 'customer@example.com')
    link = /\/v1(\/links\/\S+)/.exec(mine.text)![1]!
    expect(mine.text).not.toBe(told.find(({ to }) => to[0] === 'supplier@example.com').text)
  })

  test('and a contact who wants it gets one text message, with the link', async () => {
    const texts = (await mails()).filter(({ kind, text }) => kind === 'sms' && text.includes('Parts break'))
    expect(texts.map(({ to }) => to)).toEqual([['+491511234567']])
    expect(texts[0].text).toMatch(
      /^URGENT: product recall - Parts break\. Stop using L-4711\. Details and answer: https?:/,
    )
    expect(texts[0].text).toContain(link)
  })

  test('its link opens a page without an account, on which only its own script runs', async () => {
    const page = await door.call({ method: 'GET', path: link })
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'sha256-[\w+/]{43}='/)
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    expect(page.text).toContain('URGENT')
    expect(page.text).toContain('Hairline cracks in the housing')
    expect(page.text).toContain(`data-lot="${lotId}"`)
  })

  test('and prints as PDF', async () => {
    const url = `${cloud.url}/v1${link}/pdf`
    const response = await fetch(url, { headers: { accept: 'application/pdf' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/pdf'])
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(bytes.toString('latin1')).toContain('NotoSansSC')
  })

  test('and gives a machine what it needs to find the goods', async () => {
    const { text } = await door.call({ method: 'GET', path: `${link}/notice` })
    const twin = JSON.parse(text)
    expect(twin).toMatchObject({
      recall: recallId,
      urgent: true,
      goods: [{ lotId, number: 'L-4711', quantity: shipped }],
    })
    expect(twin.devices.entry[0].resource).toMatchObject({ resourceType: 'Device', lotNumber: 'L-4711' })
  })
})

describe('links that are not what they should be are refused', () => {
  const codeOf = async (path: string) => {
    const { status, text } = await door.call({ method: 'GET', path })
    return [status, JSON.parse(text).code]
  }

  test('forged, cut, expired, foreign', async () => {
    const [, , noticeId, proof] = link.split('/') as [string, string, string, string]
    const { parties } = await asJson(`/recalls/${recallId}`)
    const other = parties.find((one: any) => one.noticeId !== noticeId).noticeId
    const changed = proof
      .replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      .replace(/^./, (first) => (first === 'z' ? 'y' : 'z'))
    expect(await codeOf(`/links/${noticeId}/${changed}`)).toEqual([403, 'link-invalid'])
    expect(await codeOf(`/links/${noticeId}/${proof.slice(0, -2)}`)).toEqual([403, 'link-invalid'])
    expect(await codeOf(`/links/${other}/${proof}`)).toEqual([403, 'link-invalid'])
    expect(await codeOf(`/links/${noticeId}/${await sign(noticeId, '2020-01-31T00:00:00.000Z')}`)).toEqual([
      403,
      'link-expired',
    ])
    expect(await codeOf(`/links/${recallId}/${await sign(recallId)}`)).toEqual([400, 'input-invalid'])
  })

  test.each([
    ['lot-never-there', { lotId: 'lot_00000000000000000000000009', found: 1 }, 422],
    ['answer-exceeds-shipment', { found: 8, used: 3 }, 422],
    ['quantity-not-whole', { found: 0.5 }, 422],
    ['input-invalid', { found: -1 }, 400],
    ['witness-missing', { destroyed: 1 }, 400],
    ['recipient-missing', { passedOn: 1 }, 400],
  ])('%s', async (code, parts, status) => {
    const said = await answer(line(parts))
    expect([said.status, JSON.parse(said.text).code]).toEqual([status, code])
  })

  test('refusals are in the reader’s language', async () => {
    const { text } = await door.call({
      ...{ method: 'POST', path: `${link}/answers`, body: line({ destroyed: 1 }) },
      headers: { 'accept-language': 'zh' },
    })
    expect(JSON.parse(text).detail).toContain('见证人')
  })
})

describe('every piece is accounted for', () => {
  const close = (sub = 'usr-quality') =>
    people.signedBy(sub, {
      method: 'POST',
      path: `/recalls/${recallId}/closure`,
      body: { conclusion: 'All accounted for' },
    })
  const codeOf = ({ text }: { text: string }) => JSON.parse(text).code

  test('an answer counts at once, and a later one takes its place', async () => {
    expect((await answer(line({ found: 6 }))).status).toBe(200)
    expect((await answer(line({ found: 6, used: 2 }))).status).toBe(200)
    const { accounts, totals } = await asJson(`/recalls/${recallId}/reconciliation`)
    expect(accounts).toEqual([expect.objectContaining({ lotId, shipped, found: 6, used: 2, unexplained: 2 })])
    expect(totals.unexplained).toBe(2)
  })

  test('a photo is kept under the hash of its content, and staff can look at it', async () => {
    const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
    const send = (body: object) => door.call({ method: 'POST', path: `${link}/photos`, body })
    const [fact] = JSON.parse((await send({ lotId, data })).text).facts
    expect(fact).toMatchObject({ type: 'NoticePhotoKept', data: { type: 'image/png', lotId } })
    expect(JSON.parse((await send({ lotId, data })).text).facts).toEqual([])
    expect(codeOf(await send({ data: 'JVBERi0xLjcKJeLjz9M=' }))).toBe('photo-unreadable')
    expect(await asJson(`/notices/${fact.id}/photos/${fact.data.sha256}`)).toEqual({ type: 'image/png', data })
  })

  test('a machine goes through all partitions, and the case shows what is open', async () => {
    await people.post('quality', `/recalls/${recallId}/reconciliations`, {})
    const { openCount, unanswered } = await eventually('the reconciliation', async () => {
      const { recall } = await asJson(`/recalls/${recallId}`)
      return recall.reconciled
    })
    expect([openCount, unanswered.count]).toEqual([1, 1])
  })

  test('a final answer is given once: the link is used up', async () => {
    expect((await answer({ ...line({ found: 6, used: 2 }), complete: true })).status).toBe(200)
    expect(codeOf(await answer(line({ found: 8, used: 2 })))).toBe('answer-final')
    const page = await door.call({ method: 'GET', path: link })
    expect(page.text).toContain('This answer is final')
    expect(page.text).not.toContain('<form')
  })

  test('it is not closed while somebody is silent, while two are missing, nor by who explained them', async () => {
    expect(codeOf(await close())).toBe('notices-unanswered')
    const { parties } = await asJson(`/recalls/${recallId}`)
    const supplier = parties.find(({ role }: any) => role === 'supplier')
    await people.post('service', `/notices/${supplier.noticeId}/answers`, {
      ...{ answeredBy: 'Sales desk, by phone', affected: true, complete: true },
    })
    expect(codeOf(await close())).toBe('balance-open')
    await people.post('quality', `/recalls/${recallId}/explanations`, {
      ...{ lotId, partnerId: factory.customerId, quantity: 2, reason: 'Used before the notice, by the ward log' },
    })
    expect(codeOf(await close())).toBe('explained-by-closer')
    const closed = JSON.parse((await close('usr-second')).text)
    expect(closed.facts[0]).toMatchObject({ type: 'RecallClosed', data: { unexplained: 2 } })
  })

  test('a report shows it all, as data, page and PDF, with everybody who signed', async () => {
    const { version, hash, signatures, sections } = await asJson(`/recalls/${recallId}/reports/fda-status`)
    const { history } = await asJson(`/recalls/${recallId}`)
    expect(version).toEqual({ facts: history.length, hash: history.at(-1).hash })
    expect(signatures.map(({ act, name }: any) => `${name}: ${act}`)).toEqual([
      'The quality: RecallOpened',
      'Zoë Second: RecallNoticesApproved',
      'The quality: RecallBalanceExplained',
      'Person usr-second: RecallClosed',
    ])
    const totals = sections.flatMap(({ entries }: any) => entries).find(({ value }: any) => value === 'totals')
    expect(totals.table.rows).toEqual([['10', '6', '2', '0', '0', '0', '2']])

    const page = await people.ask('auditor', { method: 'GET', path: `/recalls/${recallId}/reports/cn-summary/page` })
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.text).toContain('医疗器械召回总结评估报告')
    const pdf = await fetch(`${cloud.url}/v1/recalls/${recallId}/reports/fda-status/pdf`, {
      headers: { authorization: `Bearer ${people.token('auditor')}`, accept: 'application/pdf' },
    })
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect((await asJson(`/recalls/${recallId}/reports/fda-status`)).hash).toBe(hash)
    expect(codeOf(await people.ask('auditor', { method: 'GET', path: `/recalls/${recallId}/reports/none` }))).toBe(
      'entity-unknown',
    )
  })
})

test('classes start clocks, which show on the worklist and are met with evidence', async () => {
  const drillId = await people.make('quality', '/recalls', {
    ...{ title: 'Drill', reason: 'Clocks of three markets', drill: true, seeds: { lotIds: [lotId] } },
  })
  for (const [market, name] of Object.entries({ US: 'I', EU: 'FSCA', CN: '一级' }))
    await people.post('quality', `/recalls/${drillId}/classifications`, {
      ...{ market, class: name, reason: 'Drill of the clocks' },
    })
  const expected = ['cn-event', 'cn-notice-1', 'cn-plan', 'eu-fsca', 'eu-fsn', 'us-806', 'us-status']
  const clocks = await eventually('the clocks', async () => {
    const { items } = await asJson(`/clocks?recallId=${drillId}`)
    return items.length === expected.length ? items : undefined
  })
  expect(clocks.map(({ state }: any) => state.rule).sort()).toEqual(expected)
  const status = clocks.find(({ state }: any) => state.rule === 'us-status')
  const facts = await people.post('quality', `/clocks/${status.id}/fulfilment`, {
    ...{ metAt: status.state.startedAt, evidence: 'Letter 1' },
  })
  expect(facts.map(({ type }) => type)).toEqual(['ClockMet', 'ClockStarted'])
})

test('a party that was told is told again when more of its lots are suspect, and only then', async () => {
  const [first, second] = [await shippedLot('L-1'), await shippedLot('L-2')]
  const told = async (start: string) =>
    (await mails()).filter(
      ({ to, subject }) =>
        to[0] === 'customer@example.com' && subject.startsWith(start) && subject.endsWith('Coating peels'),
    )
  openId = await people.make('quality', '/recalls', {
    ...{ title: 'Coating peels', reason: 'Found in the yearly test', drill: false, seeds: { lotIds: [first] } },
  })
  const approveAndTell = async () => {
    await comes(openId, 'scoped')
    await people.approve(openId)
    await comes(openId, 'notified')
  }
  await approveAndTell()
  await people.post('quality', `/recalls/${openId}/seeds`, { reason: 'Same coating bath', seeds: { lotIds: [second] } })
  await approveAndTell()
  const [update] = await told('UPDATE: URGENT: ')
  expect(update.text).toContain('L-2')
  expect([(await told('URGENT: ')).length, (await told('UPDATE: ')).length]).toEqual([1, 1])
})

/** Changes a state as if it had happened long ago. */
async function backdate(entity: Entity, id: string, changes: object) {
  const [stored] = await world.table.states([{ entity, id }])
  const next = { ...stored!, version: stored!.version + 1, data: { ...stored!.data, ...changes } }
  expect(await world.table.transact([{ kind: 'state', entity, expect: stored!.version, next }])).toEqual({ done: true })
}

test('by the clock a silent party is asked again, one that answered is left alone, and what is late is said to be', async () => {
  const { parties } = await asJson(`/recalls/${openId}`)
  const noticeOf = (role: string) => parties.find((one: any) => one.role === role).noticeId
  await people.post('service', `/notices/${noticeOf('supplier')}/answers`, {
    ...{ answeredBy: 'Sales desk', affected: true, complete: false },
  })
  for (const role of ['customer', 'supplier'])
    await backdate(Notice, noticeOf(role), { sentAt: '2020-01-31T08:00:00.000Z' })
  await people.post('quality', `/recalls/${openId}/classifications`, {
    ...{ market: 'US', class: 'II', reason: 'Reversible' },
  })
  const clockId = await eventually('the clock', async () => {
    const { items } = await asJson(`/clocks?recallId=${openId}`)
    return items.find(({ state }: any) => state.rule === 'us-806')?.id
  })
  const past = { startedAt: '2020-01-31T08:00:00.000Z', dueOn: '2020-02-14', dueAt: '2020-02-15T05:00:00.000Z' }
  await backdate(Clock, clockId, past)

  await startExecution(machine('recall-chase'), {})
  const reminded = await eventually('the reminder', async () =>
    (await mails()).find(({ subject }) => subject === 'REMINDER 1: URGENT: product recall - Coating peels'),
  )
  expect(reminded.to).toEqual(['customer@example.com'])
  await eventually('the end of the term', async () => {
    const { items } = await asJson('/clocks?status=overdue')
    return items.some(({ id }: any) => id === clockId) ? true : undefined
  })
  // A message leaves before its attempt is recorded.
  const ways = async (): Promise<string[]> =>
    (await asJson(`/notices/${noticeOf('customer')}`)).state.attempts.map(({ way }: any) => way)
  await eventually('the attempts', async () => ((await ways()).length > 0 ? true : undefined))
  // Nothing is due a second time.
  await startExecution(machine('recall-chase'), {})
  expect(await ways()).toEqual(['mail', 'sms'])
  expect((await mails()).filter(({ subject }) => subject.startsWith('REMINDER'))).toHaveLength(1)
})

test('whoever a customer passed goods on to enters the scope, is told and must account for them', async () => {
  const { parties, recall } = await asJson(`/recalls/${openId}`)
  const noticeId = parties.find(({ role }: any) => role === 'customer').noticeId
  const lotId = recall.seeds[0]
  await people.post('service', `/notices/${noticeId}/answers`, {
    ...{ answeredBy: 'Ward pharmacy', affected: true, complete: false, lines: [{ lotId, found: 7, passedOn: 3 }] },
    recipients: [{ name: 'St. Rita Clinic', email: 'store@st-rita.example', lotId, quantity: 3 }],
  })
  await eventually('the clinic', async () => {
    const { recall: now } = await asJson(`/recalls/${openId}`)
    return now.passedOn === 1 ? true : undefined
  })
  const deviceId = await connectedUnit(lotId)
  await startExecution(machine('recall'), { recallId: openId })
  const clinic = await eventually('the second pass', async () => {
    const { recall: now, parties } = await asJson(`/recalls/${openId}`)
    return now.status === 'notified' && now.pass === recall.pass + 1
      ? parties.find(({ via }: any) => via === factory.customerId)
      : undefined
  })
  const mail = (await mails()).find(({ to }) => to[0] === 'store@st-rita.example')
  expect(mail.text).toContain('3 each')
  const { accounts } = await asJson(`/recalls/${openId}/reconciliation`)
  expect(accounts).toContainEqual(expect.objectContaining({ partnerId: clinic.partnerId, shipped: 3, unexplained: 3 }))
  const pass = await asJson(`/recalls/${openId}/passes/${recall.pass + 1}`)
  expect(pass).toMatchObject({ nodes: [], left: [], parties: [{ partnerId: clinic.partnerId, lots: 1 }] })
  expect(pass.summary).toMatchObject({ supplement: true, change: { parties: { entered: 1, changed: 0, left: 0 } } })

  // A connected unit was asked to lock itself, through its shadow, and its own word for it counts.
  const devices = (status: string) =>
    eventually(`a device that ${status}`, async () => {
      const { counts, devices } = await asJson(`/recalls/${openId}/devices?status=${status}`)
      return counts[status] === 1 ? devices[0] : undefined
    })
  const { commandId } = await devices('asked')
  const shadow = new IoTDataPlaneClient({})
  const thingName = deviceId
  const desired = await eventually('the desired lock', async () => {
    const { payload } = await shadow
      .send(new GetThingShadowCommand({ thingName }))
      .catch(() => ({ payload: undefined }))
    return payload && JSON.parse(new TextDecoder().decode(payload)).state.desired?.commands?.[commandId]
  })
  expect(desired).toMatchObject({ action: 'lock', parameters: { recall: openId } })
  const reported = { state: 'locked', commands: { [commandId]: { status: 'succeeded', reason: 'Locked' } } }
  await shadow.send(new UpdateThingShadowCommand({ thingName, payload: JSON.stringify({ state: { reported } }) }))
  expect(await devices('stopped')).toMatchObject({ unitId: lotId, answer: 'Locked', attempts: 1 })
  expect((await asJson(`/recalls/${openId}/effectiveness`)).devices).toMatchObject({ stopped: 1, connected: 1 })
})

test('the continuous drill draws a lot that somebody got, measures itself and frees what it froze', async () => {
  const sent = (await mails()).length
  await startExecution(machine('recall-drill'), {})
  const { drills, secondsToScopeP95, holes } = await eventually('the drill', async () => {
    const answer = await asJson('/drills')
    return answer.drills.length > 0 ? answer : undefined
  })
  expect(drills[0].result.accounted).toBe(100)
  expect(secondsToScopeP95).toBe(drills[0].result.secondsToScope)
  expect(holes.map(({ kind }: any) => kind)).toContain('phone-missing')
  expect((await asJson(`/recalls/${drills[0].recallId}`)).recall).toMatchObject({ status: 'closed', drill: true })
  expect(await mails()).toHaveLength(sent)
})

test('a party all of whose mails come back is on the worklist of those to call', async () => {
  const bouncing = await people.make('admin', '/partners', {
    ...{ code: 'GONE', name: 'A clinic that moved', roles: ['customer'], language: 'en', country: 'DE' },
    contacts: ['bounce', 'bounce+ward'].map((name) => ({ name, email: `${name}@simulator.amazonses.com` })),
  })
  const bounced = await releasedLot(people, factory, { number: 'L-BOUNCED', quantity: 10 })
  await people.make('logistics', '/shipments', {
    ...{ number: 'SH-BOUNCED', customerId: bouncing },
    lines: [{ lotId: bounced, locationId: factory.locations[0], quantity: 4, unit: 'each' }],
  })
  const bouncedId = await people.make('quality', '/recalls', {
    ...{ title: 'Nobody there', reason: 'Cracks', drill: false, seeds: { lotIds: [bounced] } },
    contact: { name: 'Safety officer', email: 'safety@maker.example' },
  })
  await comes(bouncedId, 'scoped')
  await people.approve(bouncedId)
  await comes(bouncedId, 'notified')
  const notice = await eventually('the bounces', async () => {
    const { items } = await asJson('/notices?status=undeliverable')
    return items.find(({ state }: any) => state.partnerId === bouncing)?.state
  })
  expect(notice.bounces.map(({ address, kind }: any) => [address, kind]).toSorted()).toEqual([
    ['bounce+ward@simulator.amazonses.com', 'permanent'],
    ['bounce@simulator.amazonses.com', 'permanent'],
  ])
})

describe('bad input is refused in words, in both languages, and changes nothing', () => {
  const never = 'lot_00000000000000000000000009'
  let noticeId: string
  let badId: string
  let goods: string

  beforeAll(async () => {
    goods = await shippedLot('L-BAD')
    badId = await people.make('quality', '/recalls', {
      ...{ title: 'Bad input', reason: 'Cracks', drill: false, seeds: { lotIds: [goods] } },
      contact: { name: 'Safety officer', email: 'safety@maker.example' },
    })
    await comes(badId, 'scoped')
    await people.approve(badId)
    await comes(badId, 'notified')
    noticeId = noticeIdOf(badId, factory.customerId)
  }, 60_000)

  const answers = (proof: string) => `/links/${noticeId}/${proof}/answers`
  const said = (line: object) => ({
    ...{ answeredBy: 'Ward', affected: true, complete: false },
    lines: [{ lotId: goods, ...line }],
  })
  const forged = async () => (await sign(noticeId)).replace(/...$/, 'AAA')
  const expired = () => sign(noticeId, '2020-01-31T00:00:00.000Z')
  const answered = async (line: object) => ({ path: answers(await sign(noticeId)), body: said(line) })
  const onCase = (what: string, body: object) => async () => ({ path: `/recalls/${badId}/${what}`, body })

  test.each<[name: string, code: string, status: number, call: () => Promise<{ path: string; body: object }>]>([
    ['a forged link', 'link-invalid', 403, async () => ({ path: answers(await forged()), body: said({ found: 1 }) })],
    [
      'an expired link',
      'link-expired',
      403,
      async () => ({ path: answers(await expired()), body: said({ found: 1 }) }),
    ],
    [
      'a foreign link',
      'link-invalid',
      403,
      async () => ({ path: answers(await sign(noticeIdOf(badId, factory.supplierId))), body: said({}) }),
    ],
    ['a negative quantity', 'input-invalid', 400, () => answered({ found: -1 })],
    ['more than was shipped', 'answer-exceeds-shipment', 422, () => answered({ found: 100_000 })],
    ['half a piece', 'quantity-not-whole', 422, () => answered({ found: 0.5 })],
    ['a lot that was never shipped there', 'lot-never-there', 422, () => answered({ lotId: never, found: 1 })],
    [
      ...(['a class that the market does not know', 'class-unknown', 400] as const),
      onCase('classifications', { market: 'EU', class: 'II', reason: 'There are no such classes' }),
    ],
    ['an exclusion without a reason', 'input-invalid', 400, onCase('exclusions', { lotId: never })],
    ['half of a character', 'input-invalid', 400, onCase('exclusions', { lotId: never, reason: 'Broken \ud800' })],
    ['closing while parties are silent', 'notices-unanswered', 422, onCase('closure', { conclusion: 'All is well' })],
  ])('%s: %s', async (_, code, status, call) => {
    const versions = async () => {
      const found = await world.table.states([
        { entity: Notice, id: noticeId },
        { entity: Recall, id: badId },
      ])
      return found.map((one) => one!.version)
    }
    const before = await versions()
    for (const language of ['en', 'zh']) {
      const { path, body } = await call()
      const token = path.startsWith('/links') ? {} : { token: people.token('quality') }
      const answer = await door.call({ method: 'POST', path, body, headers: { 'accept-language': language }, ...token })
      const { code: given, detail } = JSON.parse(answer.text)
      expect([given, answer.status]).toEqual([code, status])
      // What breaks the schema is refused by the API's own door, before anything of ours runs.
      if (code !== 'input-invalid') expect(/[\u4e00-\u9fff]/.test(detail)).toBe(language === 'zh')
      expect(detail).not.toMatch(/[{}]/)
    }
    expect(await versions()).toEqual(before)
  })

  test('what was refused to a stranger is logged', async () => {
    const path = join(folder, 'data', 'lambda', 'logs')
    const read = () => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'))
    const logged = () => read().some((text) => text.includes('link-invalid') && text.includes(noticeId))
    expect(await eventually('the log', async () => (logged() ? true : undefined))).toBe(true)
  })
})

describe.skipIf(noBrowser)(`a consignee in front of a browser${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let browser: Browser
  let inEnglish: string
  let inChinese: string

  beforeAll(async () => {
    browser = await openBrowser()
    const chinese = await people.make('admin', '/partners', {
      ...{ code: 'WARD-ZH', name: '圣安娜医院', roles: ['customer'], language: 'zh', country: 'CN' },
      contacts: [{ name: '药房', email: 'ward-zh@example.com' }],
    })
    const browsedId = await shippedLot('L-BROWSED')
    await people.make('logistics', '/shipments', {
      ...{ number: 'SH-ZH', customerId: chinese },
      lines: [{ lotId: browsedId, locationId: factory.locations[0], quantity: 4, unit: 'each' }],
    })
    const title = 'Browsed <b>parts</b>'
    const browsed = await people.make('quality', '/recalls', {
      ...{ title, reason: 'Seals leak & swell', drill: false, seeds: { lotIds: [browsedId] } },
      contact: { name: 'Safety officer', email: 'safety@maker.example' },
    })
    await comes(browsed, 'scoped')
    await people.approve(browsed)
    await comes(browsed, 'notified')
    const linkTo = async (address: string) => {
      const mail = (await mails()).find(({ subject, to }) => subject.includes(title) && to[0] === address)
      const { pathname } = new URL(/http\S+/.exec(mail.text)![0])
      return cloud.url + pathname
    }
    inEnglish = await linkTo('customer@example.com')
    inChinese = await linkTo('ward-zh@example.com')
  }, 120_000)

  afterAll(() => browser?.close())

  async function visit(url: string, { locale = 'en', width = 1200 } = {}): Promise<Page> {
    const page = await browser.newPage({ locale, viewport: { width, height: 900 } })
    await page.goto(url)
    return page
  }
  const textOf = async (page: Page) => (await page.textContent('body')) ?? ''

  test('fills in the form, sends a photo and is thanked; the link opens again, and a final answer stands', async () => {
    const page = await visit(inEnglish)
    expect(await page.textContent('h1')).toBe('Field safety notice: product recall')
    expect(await textOf(page)).toContain('Browsed <b>parts</b>')
    await picture(page, 'notice-en')
    await page.getByLabel('Your name').fill('Ward pharmacy')
    await page.getByLabel('Found and kept apart').fill('6')
    await page.getByLabel('Destroyed', { exact: true }).fill('4')
    await page.getByLabel('Witness of the destruction').fill('Sister Maria')
    const png = Buffer.from(await page.screenshot())
    await page.setInputFiles('input[type=file]', { name: 'shelf.png', mimeType: 'image/png', buffer: png })
    await page.getByText('shelf.png: kept').waitFor()
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await page.getByText('Thank you. Your answer is recorded.').waitFor()
    await picture(page, 'thanks-en')

    await page.reload()
    expect(await textOf(page)).toContain('Answered by Ward pharmacy')
    expect(await page.getByLabel('Found and kept apart').inputValue()).toBe('6')
    await page.getByLabel('Your name').fill('Ward pharmacy')
    await page.getByLabel(/this answer is final/).check()
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await page.getByText('This answer is final.').waitFor()
    await page.reload()
    expect(await page.locator('form').count()).toBe(0)
    expect(await textOf(page)).toContain('This answer is final.')
    await picture(page, 'final-en')
  })

  test('reads it in Chinese on a phone, and is told in Chinese what cannot be', async () => {
    const page = await visit(inChinese, { locale: 'zh-CN', width: 390 })
    expect(await page.textContent('h1')).toBe('医疗器械召回通知')
    const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    expect(isWide).toBe(false)
    await picture(page, 'notice-zh-phone')
    await page.getByLabel('填报人').fill('药房')
    await page.getByLabel('已销毁').fill('3')
    await page.getByRole('button', { name: '提交答复' }).click()
    await expect.poll(() => page.textContent('#said'), { timeout: 30_000 }).toMatch(/[\u4e00-\u9fff]/)
    await picture(page, 'refused-zh-phone')
    await page.getByLabel('销毁见证人').fill('李护士长')
    await page.getByRole('button', { name: '提交答复' }).click()
    await page.getByText('谢谢，贵方的答复已记录。').waitFor()
    await picture(page, 'thanks-zh-phone')
  })

  test('with an expired, forged or foreign link reads why, in both languages', async () => {
    const [, noticeId = ''] = /links\/([^/]+)/.exec(inEnglish)!
    const at = (proof: string) => inEnglish.replace(/[^/]+$/, proof)
    const expired = await visit(at(await sign(noticeId, '2020-02-29T00:00:00.000Z')))
    expect(await textOf(expired)).toContain('This link was valid until 2020-02-29.')
    expect(await textOf(expired)).toContain('有效期至 2020-02-29')
    await picture(expired, 'expired')
    const forged = await visit(`${inEnglish.slice(0, -2)}AA`, { locale: 'zh-CN' })
    expect(await textOf(forged)).toMatch(/^此链接未经签发/)
    expect(await forged.locator('html').getAttribute('lang')).toBe('zh')
    const foreign = await visit(at(inChinese.split('/').at(-1)!))
    expect(await textOf(foreign)).toContain('This link was never signed for this')
  })
})

/** Makes a lot a unit that reports to us, and can lock itself. */
async function connectedUnit(unitId: string): Promise<string> {
  await backdate(Lot, unitId, { serial: 'SN-1' })
  const kindId = await people.make('quality', '/device-kinds', {
    ...{ code: 'pump', name: { en: 'Pump' }, thingType: 'field-device' },
    dictionary: { metrics: [], texts: ['state'], actions: ['lock'] },
  })
  const { siteId } = JSON.parse(
    (await people.ask('warehouse', { method: 'GET', path: `/locations/${factory.locations[0]}` })).text,
  ).state
  const deviceId = await people.make('service', '/devices', { siteId, name: 'Pump SN-1', kindId, unitId })
  await people.post('service', `/devices/${deviceId}/certificates`, { csr: exampleCsr })
  await eventually('the certificate', async () => {
    const { text } = await people.ask('service', { method: 'GET', path: `/devices/${deviceId}` })
    return JSON.parse(text).state.status === 'certified' ? true : undefined
  })
  return deviceId
}
