import { type Shipped, shippedTo } from '#domain/answer'
import { type Condition, type Evidence, evidenceOf, type Recorded } from '#domain/condition'
import { Exposure } from '#domain/exposure'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { Notice, type NoticeState, noticeIdOf } from '#domain/notice'
import { contentOf, type NoticeContent } from '#domain/notice-content'
import { noticeMails, noticeTexts, type Told } from '#domain/notice-message'
import { Partner, type PartnerState } from '#domain/partner'
import type { RecallState } from '#domain/recall'
import { Silence } from '#domain/silence'
import { type AffectedParty, type Loaded, type Ports, type Sending, stableId } from '#kit'

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
  return parties.flatMap(({ partnerId, role }) => (role === 'customer' ? [partnerId] : []))
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

/** Sends a party its mails, and its text messages besides; each leaves once, however often this is called. */
export async function tell(told: Told, { mail, sms }: Pick<Ports, 'mail' | 'sms'>): Promise<Telling> {
  const sendAll = <M extends { readonly to: string }>(messages: readonly M[], send: (message: M) => Promise<Sending>) =>
    Promise.all(messages.map((message) => send(message).then(({ sent }) => ({ to: message.to, sent }), unsettled)))
  const [mails, texts] = await Promise.all([
    sendAll(noticeMails(told), (message) => mail.send(message)),
    sendAll(noticeTexts(told), (message) => sms.send(message)),
  ])
  const reached = (results: readonly ({ to: string; sent: boolean } | undefined)[]) =>
    results.flatMap((one) => (one?.sent ? [one.to] : []))
  const open = [...mails, ...texts].includes(undefined)
  return { outcome: open ? 'unsettled' : 'told', to: reached(mails), texted: reached(texts) }
}

/** What one message met must not keep the others from leaving: it is seen again when the step is tried again. */
function unsettled(error: Error): undefined {
  console.warn(JSON.stringify({ level: 'warn', message: 'a message did not leave for certain', error: String(error) }))
}

/** How many were told; throws `message-unsettled` where some must be tried again, after the others were written down. */
export function unsettledIn(done: readonly { readonly outcome: string }[]): number {
  const open = done.filter(({ outcome }) => outcome === 'unsettled').length
  if (open > 0)
    throw Object.assign(new Error(`${open} of ${done.length} messages are not known to have left`), {
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
    const [exposures, silences] = await Promise.all([table.under(Exposure, deviceId), table.under(Silence, deviceId)])
    const recorded = {
      status: watchers[index]!,
      exposures: exposures.map(({ id, data }) => ({ ...Exposure.schema.parse(data), id })),
      silences: silences.map(({ data }) => Silence.schema.parse(data)),
    }
    const found = evidenceOf(condition, recorded, now)
    if ('refusal' in found) return found
    evidence.push(found)
  }
  return evidence
}
