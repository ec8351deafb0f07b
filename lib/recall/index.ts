import { type Shipped, shippedTo } from '#domain/answer'
import { type Condition, type Evidence, evidenceOf, growthOf, type Recorded } from '#domain/condition'
import { DeviceStatus } from '#domain/device-status'
import { effectivenessOf } from '#domain/effectiveness'
import { Exposure } from '#domain/exposure'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { hasAnswered, Notice, NoticePhotoKept, type NoticeState, noticeIdOf } from '#domain/notice'
import { contentOf, type NoticeContent } from '#domain/notice-content'
import { noticeMails, noticeTexts, type Told } from '#domain/notice-message'
import { Partner, type PartnerState } from '#domain/partner'
import { mostPhotos, photoTypeOf } from '#domain/photo'
import type { RecallState } from '#domain/recall'
import { accountsOf, mostOpen, type Open, type Reconciled, type ShardAccount, together } from '#domain/reconciliation'
import { Silence } from '#domain/silence'
import { type AffectedParty, type Loaded, type Ports, refuse, type Sending, type Stored, sha256, stableId } from '#kit'

/** The party of a notice as the scope has it now; without lots where later exclusions left it none. */
export async function partyOf(
  { recallId, shard, partnerId, role }: NoticeState,
  { scope }: Pick<Ports, 'scope'>,
): Promise<AffectedParty> {
  const parties = await scope.partiesOf(recallId, shard)
  return parties.find((one) => one.partnerId === partnerId) ?? { partnerId, role, lots: [] }
}

/** What the party of a notice got, by lot. */
export const shippedBy = async (notice: NoticeState, ports: Pick<Ports, 'scope'>): Promise<Shipped[]> =>
  shippedTo(await partyOf(notice, ports))

/** Id of somebody whom a consignee named; the same name at the same consignee is the same party. */
export const subAccountId = (noticeId: string, name: string) =>
  stableId(Partner.prefix, `${noticeId} ${name.toLowerCase()}`)

/**
 * Those to whom customers passed it on, with what they got, as their answers say; none where the recall reaches no
 * further than wholesale.
 */
export async function subAccountsOf(
  { id: recallId, depth, passedOn }: Loaded<RecallState>,
  parties: readonly AffectedParty[],
  { table }: Pick<Ports, 'table'>,
): Promise<AffectedParty[]> {
  if (passedOn === 0 || depth === 'wholesale') return []
  const customers = parties.filter(({ role }) => role === 'customer')
  const found = await table.states(
    customers.map(({ partnerId }) => ({ entity: Notice, id: noticeIdOf(recallId, partnerId) })),
  )
  return customers.flatMap((party, index) => {
    const notice = found[index]
    const recipients = notice ? (Notice.schema.parse(notice.data).answer?.recipients ?? []) : []
    return [...Map.groupBy(recipients, ({ name }) => subAccountId(notice!.id, name))].map(([partnerId, some]) => ({
      ...{ partnerId, role: 'customer' as const, via: party.partnerId },
      lots: some.flatMap(({ lotId, quantity = 0 }) => {
        const lot = party.lots.find((one) => one.lotId === lotId)
        return lot ? [{ ...lot, quantity }] : []
      }),
    }))
  })
}

/** Customers of a recall. */
export async function consigneesOf(
  { id, shards = 0 }: Loaded<RecallState>,
  { scope }: Pick<Ports, 'scope'>,
): Promise<string[]> {
  const parties = await scope.parties(id, shards)
  return parties.flatMap(({ partnerId, role, lots }) => (role === 'customer' && lots.length > 0 ? [partnerId] : []))
}

interface About {
  readonly notice: Loaded<NoticeState>
  readonly recall: Loaded<RecallState>
  readonly partner: PartnerState
}

/** Everything that a notice says, read as of now. */
export async function contentFor(about: About, ports: Pick<Ports, 'scope' | 'table'>): Promise<NoticeContent> {
  const { notice, recall, partner } = about
  const party = await partyOf(notice, ports)
  const ids = [...new Set(party.lots.map(({ lotId }) => lotId))]
  const found = await ports.table.states(ids.map((id) => ({ entity: Lot, id })))
  const lots = new Map(found.flatMap((one) => (one ? [[one.id, one.data as LotState]] : [])))
  const kinds = [...new Set([...lots.values()].map(({ itemId }) => itemId))]
  const kept = await ports.table.states(kinds.map((id) => ({ entity: Item, id })))
  const items = new Map(kept.flatMap((one) => (one ? [[one.id, one.data as ItemState]] : [])))
  return contentOf({ noticeId: notice.id, sentAt: notice.sentAt, recall, partner, party, lots, items })
}

/** Who was told; `unsettled` where nobody can know yet whether a message left, and the step must be tried again. */
export interface Telling {
  readonly outcome: 'told' | 'unsettled'
  /** Addresses that the mail service took. */
  readonly to: readonly string[]
  readonly texted: readonly string[]
}

/** Sends parties their mails, and their text messages besides; each leaves once, however often this is called. */
export async function tell(all: readonly Told[], { mail, sms }: Pick<Ports, 'mail' | 'sms'>): Promise<Telling[]> {
  const [mails, texts] = await Promise.all([
    sendEach(all.map(noticeMails), (some) => mail.send(some)),
    sendEach(all.map(noticeTexts), (some) => sms.send(some)),
  ])
  const reached = (results: readonly Sent[]) => results.flatMap(({ to, sending }) => (sending?.sent ? [to] : []))
  return all.map((_, index) => {
    const mine = [mails[index]!, texts[index]!] as const
    const isOpen = mine.flat().some(({ sending }) => sending === undefined)
    return { outcome: isOpen ? 'unsettled' : 'told', to: reached(mine[0]), texted: reached(mine[1]) }
  })
}

interface Sent {
  readonly to: string
  readonly sending: Sending
}

/** Sends the messages of all parties together, and gives what became of each by party. */
async function sendEach<M extends { readonly to: string }>(
  byParty: readonly (readonly M[])[],
  send: (some: readonly M[]) => Promise<Sending[]>,
): Promise<Sent[][]> {
  const sendings = (await send(byParty.flat())).values()
  return byParty.map((some) => some.map(({ to }) => ({ to, sending: sendings.next().value })))
}

/** How many were told; throws `message-unsettled` where some must be tried again, after the others were written down. */
export function unsettledIn(done: readonly { readonly outcome: string }[]): number {
  const open = done.filter(({ outcome }) => outcome === 'unsettled').length
  if (open > 0)
    throw Object.assign(new Error(`of ${open} of ${done.length} nobody knows whether their messages left`), {
      name: 'message-unsettled',
    })
  return done.filter(({ outcome }) => outcome === 'told').length
}

/** Evidence for conditions, each read at once and strongly consistent; or why one cannot be told. `watchers` are their devices. */
export async function evidenceFor(
  conditions: readonly Condition[],
  watchers: readonly Recorded['status'][],
  { table }: Pick<Ports, 'table'>,
  now: string,
) {
  const evidence: Evidence[] = []
  for (const [index, condition] of conditions.entries()) {
    const { deviceId } = condition
    const watcher = watchers[index]!
    const [exposures, silences] = await Promise.all([
      table.under(Exposure, deviceId),
      watcher.silences > 0 ? table.under(Silence, deviceId) : [],
    ])
    const recorded = {
      status: watcher,
      exposures: exposures.map(({ id, data }) => ({ ...Exposure.schema.parse(data), id })),
      silences: silences.map(({ data }) => Silence.schema.parse(data)),
    }
    const found = evidenceOf(condition, recorded, now)
    if ('refusal' in found) return found
    evidence.push(found)
  }
  return evidence
}

/** What is known of a recall's conditions now, and was not when the case took its evidence. */
export async function grownEvidence(
  { evidence: held }: Pick<RecallState, 'evidence'>,
  { table }: Pick<Ports, 'table'>,
  now: string,
): Promise<Evidence[]> {
  const asked = [...new Map(held.map((one) => [conditionKey(one), one])).values()]
  const stored = await table.states(asked.map(({ deviceId }) => ({ entity: DeviceStatus, id: deviceId })))
  const found: Evidence[] = []
  for (const [index, condition] of asked.entries()) {
    const status = stored[index]
    if (!status) continue
    const watcher = { ...DeviceStatus.schema.parse(status.data), id: status.id }
    const evidence = await evidenceFor([condition], [watcher], { table }, now)
    // It held once, so that what refuses it now is a change of the records: the evidence that there is stays.
    const more = 'refusal' in evidence ? undefined : growthOf(held, evidence[0]!)
    if (more) found.push(more)
  }
  return found
}

const conditionKey = ({ equipmentId, deviceId, metric, min, max, from, until }: Evidence) =>
  [equipmentId, deviceId, metric, min, max, from, until].join(' ')

/** Accounts for one partition of a recall's scope, with reads that grow with the partition alone. */
export async function reconcileShard(
  { id: recallId, drill, pass }: Loaded<RecallState>,
  shard: number,
  { scope, table }: Pick<Ports, 'scope' | 'table'>,
) {
  const [parties, nodes] = await Promise.all([scope.partiesOf(recallId, shard), scope.nodesOf(recallId, shard)])
  const lotIds = nodes.flatMap(({ id }) => (id.startsWith(`${Lot.prefix}_`) ? [id] : []))
  const [stored, differences] = await Promise.all([
    table.states(parties.map(({ partnerId }) => ({ entity: Notice, id: noticeIdOf(recallId, partnerId) }))),
    // What counts found missing or too much stands there: of a balance nothing else can be unexplained.
    table.quantitiesAt('difference', lotIds),
  ])
  const notices = stored.map((one) => one && Notice.schema.parse(one.data))
  const accounts = parties.flatMap((party, index) => accountsOf(party, notices[index], drill))
  const house = lotIds.map((lotId, index): Open => ({ lotId, unexplained: differences[index]! }))
  const open = [
    ...house,
    ...accounts.map(({ partnerId, lotId, unexplained }): Open => ({ partnerId, lotId, unexplained })),
  ].filter(({ unexplained }) => unexplained !== 0)
  // Of whom nothing is affected any more, nothing is asked.
  const asked = parties.flatMap(({ partnerId, role, lots }, index) =>
    lots.length > 0 ? [{ partnerId, role, notice: notices[index] }] : [],
  )
  const account: ShardAccount = {
    ...{ pass, lots: lotIds.length, parties: asked.length },
    consignees: asked.flatMap(({ partnerId, role }) => (role === 'customer' ? [partnerId] : [])),
    notices: versionsOf(stored),
    unanswered: asked.flatMap(({ partnerId, notice }) => (hasAnswered(notice?.status) ? [] : [partnerId])),
    ...{ openCount: open.length, open: open.slice(0, mostOpen) },
  }
  return { account, accounts, house: house.filter(({ unexplained }) => unexplained !== 0) }
}

const versionsOf = (notices: readonly (Stored | undefined)[]) =>
  sha256(notices.map((one) => `${one?.id} ${one?.version}`).join('\n'))

/** Whether a party of a partition said something since it was accounted for. */
export async function hasMoved(
  { id: recallId, pass }: Loaded<RecallState>,
  shard: number,
  account: ShardAccount | undefined,
  { scope, table }: Pick<Ports, 'scope' | 'table'>,
): Promise<boolean> {
  if (account?.pass !== pass) return true
  const parties = await scope.partiesOf(recallId, shard)
  const ids = parties.map(({ partnerId }) => noticeIdOf(recallId, partnerId))
  return versionsOf(await table.states(ids.map((id) => ({ entity: Notice, id })))) !== account.notices
}

/** What these partitions come to together, with the verdict of the effectiveness checks. */
export async function reconciledOf(
  { id: recallId, sample, pass }: Loaded<RecallState>,
  shards: readonly ShardAccount[],
  { table }: Pick<Ports, 'table'>,
  at: string,
): Promise<Reconciled> {
  const consignees = shards.flatMap((one) => one.consignees)
  const { picked } = effectivenessOf(sample, consignees, () => undefined)
  const stored = await table.states(picked.map((id) => ({ entity: Notice, id: noticeIdOf(recallId, id) })))
  const checks = new Map(
    picked.map((id, index) => [id, stored[index] && Notice.schema.parse(stored[index].data).check] as const),
  )
  const { verdict, checked, sampled } = effectivenessOf(sample, consignees, (id) => checks.get(id))
  return { ...together(shards), pass, at, effectiveness: { verdict, checked, sampled } }
}

/** Keeps a photo of a party, where it is one, and says which lots the party got. */
export async function keepPhoto(
  notice: Loaded<NoticeState>,
  { data }: { readonly data: string },
  { evidence, ...ports }: Pick<Ports, 'scope' | 'evidence'>,
) {
  const shipped = (await shippedBy(notice, ports)).map(({ lotId }) => lotId)
  const type = photoTypeOf(data)
  if (!type || notice.photos.length >= mostPhotos) return { shipped, photo: undefined }
  return { shipped, photo: { type, ...(await evidence.keep(notice.id, type, data)) } }
}

/** Records a photo of a party once, or says why not. */
export function decidePhoto(
  { id: noticeId, recallId, photos, answer }: Loaded<NoticeState>,
  lotId: string | undefined,
  { shipped, photo }: Awaited<ReturnType<typeof keepPhoto>>,
  at: string,
) {
  if (answer?.complete) return refuse('answer-final', answer)
  if (photos.length >= mostPhotos) return refuse('photos-enough', { count: photos.length })
  if (lotId !== undefined && !shipped.includes(lotId)) return refuse('lot-never-there', { lotId })
  if (!photo) return refuse('photo-unreadable')
  const known = photos.some((one) => one.sha256 === photo.sha256 && one.lotId === lotId)
  return known ? [] : NoticePhotoKept({ noticeId, recallId, ...photo, lotId, at })
}
