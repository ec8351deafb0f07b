import { approved } from '#domain/approval'
import type { CaseFile } from '#domain/case-file'
import { Clock } from '#domain/clock'
import { Company } from '#domain/company'
import { effectivenessOf } from '#domain/effectiveness'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Notice } from '#domain/notice'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { accountsOf } from '#domain/reconciliation'
import { Shipment } from '#domain/shipment'
import type { LedgerFact } from '#kit'

const [recallId, itemId, partnerId] = [Recall.sample(), Item.sample(), Partner.sample()]
const lotId = Lot.sample()

const fact = (version: number, type: string, at: string, rest: Partial<LedgerFact> = {}): LedgerFact => ({
  ...{ entity: 'recall', entityId: recallId, version, area: 'recall', type, data: {}, at },
  ...{
    by: { sub: 'usr-1', name: 'Ingrid Dahl' },
    command: 'x/y',
    request: `r-${version}`,
    previous: '',
    hash: `h${version}`,
  },
  ...rest,
})

/** A real recall of one lot of ten pumps at one hospital, two of which nobody can find. */
export function caseOf(changes: Partial<CaseFile> = {}, state: Parameters<typeof Recall.like>[0] = {}): CaseFile {
  const recall = {
    ...approved(
      Recall.like({
        ...{ drill: false, status: 'notified', shards: 1, openedAt: '2026-03-01T08:00:00.000Z' },
        ...{ notifiedAt: '2026-03-01T08:05:00.000Z', depth: 'retail', checks: { level: 'A', percent: 100 } },
        contact: { name: 'Safety desk', email: 'safety@maker.example', phone: '+49 30 1' },
        milestones: [
          { name: 'decided', at: '2026-03-01T08:00:00.000Z' },
          { name: 'initiated', at: '2026-03-01T08:05:00.000Z' },
        ],
        classes: [
          { market: 'US', class: 'II', reason: 'Reversible', by: 'usr-1', at: '2026-03-01T09:00:00.000Z' },
          { market: 'CN', class: '二级', reason: '可逆', by: 'usr-1', at: '2026-03-01T09:00:00.000Z' },
        ],
        counts: { lots: 1, units: 0, customers: 1, suppliers: 0 },
        plan: {
          ...{ kind: 'removal', sequence: 1, userActions: ['quarantine', 'return'], makerActions: ['removal'] },
          ...{
            measures: { en: 'Taken back by courier', zh: '由快递收回' },
            by: 'usr-1',
            at: '2026-03-01T09:30:00.000Z',
          },
        },
        hazard: {
          ...{
            harm: 'Infusion stops',
            severity: 'serious',
            likelihood: 'remote',
            atRisk: 'Infants',
            injuries: 1,
            deaths: 0,
          },
          ...{
            consequences: 'immediate',
            conclusion: 'Class II',
            evaluatedBy: 'usr-1',
            evaluatedAt: '2026-03-01T08:50:00.000Z',
          },
        },
        ...state,
      }),
    ),
    id: recallId,
  }
  const party = {
    partnerId,
    role: 'customer' as const,
    lots: [{ lotId, number: 'L-2601', quantity: 10, unit: 'each' }],
  }
  const notice = Notice.like({
    status: 'answered',
    answer: {
      ...{ answeredBy: 'Ward', affected: true, complete: true, recipients: [], answeredAt: '2026-03-02T08:00:00.000Z' },
      lines: [{ lotId, found: 6, used: 2, returned: 0, destroyed: 0, passedOn: 0 }],
    },
  })
  return {
    recall,
    version: { facts: 3, hash: 'h3' },
    history: [
      fact(1, 'RecallOpened', '2026-03-01T08:00:00.000Z', {
        signature: {
          meaning: { en: 'I open it.', zh: '本人启动召回。' },
          ...{ name: 'Ingrid Dahl', at: '2026-03-01T08:00:00.000Z', timeZone: 'Europe/Berlin' },
          ...{ hash: 'a'.repeat(64), signedInAt: '2026-03-01T07:59:30.000Z' },
        },
      }),
      fact(2, 'RecallFrozen', '2026-03-01T08:00:02.000Z'),
      fact(3, 'RecallNotified', '2026-03-01T12:30:00.000Z'),
    ],
    company: Company.like(),
    items: new Map([
      [
        itemId,
        Item.like({
          gtin: '04012345678901',
          registration: { model: 'P-100', us: { submission: 'K123456' }, cn: { certificate: '国械注进20263140001' } },
        }),
      ],
    ]),
    lots: [{ id: lotId, grade: 'confirmed', state: Lot.like({ itemId, quantity: 100, expires: '2028-01-05' }) }],
    shipments: [Shipment.like({ customerId: partnerId })],
    parties: [
      {
        party,
        partner: Partner.like({ address: 'Annastr. 3, Berlin' }),
        notice,
        accounts: accountsOf(party, notice, false),
      },
    ],
    house: [],
    clocks: [Clock.like()],
    effectiveness: effectivenessOf(undefined, [partnerId], () => undefined),
    ...changes,
  }
}

/** A case of which nothing is known but that somebody opened it. */
export function bare(): CaseFile {
  return {
    ...caseOf(),
    recall: { ...Recall.like({ drill: false }), id: recallId },
    ...{ company: undefined, items: new Map(), lots: [], shipments: [], parties: [], house: [], clocks: [] },
  }
}
