import * as z from 'zod'
import { Complaint } from '#domain/complaint'
import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Equipment } from '#domain/equipment'
import { Lot } from '#domain/lot'
import { Nonconformance } from '#domain/nonconformance'
import { Contact, Partner } from '#domain/partner'
import { Depth, Recall, RecallOpened } from '#domain/recall'
import { recordOfSource, Source, sourceRefusals, sourceUnfit } from '#domain/recall-source'
import { Seeds, seedNodes, seedReads, seedRefusals } from '#domain/seeds'
import { SupplierLot, SupplierLotNamed } from '#domain/supplier-lot'
import { Line, Reason } from '#domain/values'
import { command, refuse } from '#kit'
import { evidenceFor } from '#recall'

const warm = {
  ...{ metric: 'temperatureC', max: 8 },
  ...{ from: '2026-03-02T06:00:00.000Z', until: '2026-03-02T08:00:00.000Z' },
}

/** A sensor that was never silent. */
const watched = { id: Device.sample(), ...DeviceStatus.like({ heard: { temperatureC: [[0, 4_102_444_800]] } }) }

/** What is found where no condition and no record is named. */
const plain = { evidence: [], sourceExists: true }

export const handler = command({
  summary: 'Open a recall or a drill; scope, freeze and notices follow by themselves.',
  route: 'POST /recalls',
  roles: ['quality'],
  input: z.strictObject({
    title: Line,
    reason: Reason,
    drill: z.boolean(),
    source: Source.default({ kind: 'person' }),
    contact: Contact.optional(),
    depth: Depth.optional(),
    seeds: Seeds,
    /** Lots that are known to be good although suspicion would reach them. */
    exclusions: z
      .array(z.strictObject({ lotId: Lot.id, reason: Reason }))
      .max(20)
      .default([]),
  }),
  reads: { ...seedReads, excluded: Lot.at('exclusions[].lotId') },
  emits: [RecallOpened, SupplierLotNamed],
  refuses: { ...seedRefusals, ...sourceRefusals },
  signs: {
    meaning: {
      en: 'I open this recall: what it names, and all that came of it, is frozen at once.',
      zh: '本人决定启动本次召回：所列对象及其衍生产品立即冻结。',
    },
    unless: (_, { drill }) => drill,
  },
  uses: ['table'],
  perform: async ({ watchers }, { seeds, source }, { table }, { now }) => ({
    evidence: await evidenceFor(seeds.conditions, watchers, { table }, now),
    sourceExists: (await table.states(recordOfSource(source))).every((stored) => stored !== undefined),
  }),
  decide: (states, { seeds, exclusions, ...rest }, context, { evidence, sourceExists }) => {
    if ('refusal' in evidence) return evidence
    const unfit = sourceUnfit(rest.source, sourceExists)
    if (unfit) return unfit
    const { nodes, facts } = seedNodes(seeds, states, evidence, context)
    if (nodes.length === 0) return refuse('seed-missing')
    const both = exclusions.find(({ lotId }) => nodes.includes(lotId))
    if (both) return refuse('seed-excluded', { lotId: both.lotId })
    const { now, actor, newId } = context
    const grounds = exclusions.map((one) => ({ ...one, by: actor.sub, at: now }))
    const opened = {
      recallId: newId(Recall),
      ...rest,
      seeds: nodes,
      evidence,
      exclusions: grounds,
      openedAt: now,
      by: actor.sub,
    }
    return [RecallOpened(opened), ...facts]
  },
  examples: [
    {
      name: 'a drill from a supplier lot',
      given: {
        suppliers: [Partner.like({ roles: ['supplier'] })],
        supplierLots: [{ id: SupplierLot.sample(), ...SupplierLot.like({ number: 'BC-77' }) }],
      },
      when: {
        title: 'Drill: battery cells',
        reason: 'Yearly recall drill',
        drill: true,
        source: { kind: 'supplier-notice', reference: 'SN-17' },
        seeds: { supplierLots: [{ supplierId: Partner.sample(), supplierLot: 'BC-77' }] },
      },
      performed: plain,
      then: ['RecallOpened'],
    },
    {
      name: 'a recall of a supplier lot before any of it came',
      given: { suppliers: [Partner.like({ roles: ['supplier'] })] },
      when: {
        title: 'Battery cells',
        reason: 'Supplier told us of leaks',
        drill: false,
        seeds: { supplierLots: [{ supplierId: Partner.sample(), supplierLot: 'BC-78' }] },
      },
      performed: plain,
      then: ['RecallOpened', 'SupplierLotNamed'],
    },
    {
      name: 'a machine ran too hot for an hour',
      given: { machines: [Equipment.like()] },
      when: {
        ...{ title: 'Sealer 2 too hot', reason: 'Seals may leak', drill: true },
        seeds: {
          equipmentIntervals: [
            {
              ...{ equipmentId: Equipment.sample() },
              ...{ from: '2026-02-02T08:00:00.000Z', until: '2026-02-02T09:00:00.000Z' },
            },
          ],
        },
      },
      performed: plain,
      then: ['RecallOpened'],
    },
    {
      name: 'a machine worked while its sensor was above 8 degrees, as a nonconformance tells',
      given: { conditioned: [Equipment.like()], watchers: [{ id: Device.sample(), ...DeviceStatus.like() }] },
      when: {
        ...{ title: 'Resin got warm', reason: 'May cure too early', drill: true },
        source: { kind: 'nonconformance', id: Nonconformance.sample() },
        seeds: { conditions: [{ equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm }] },
      },
      performed: {
        evidence: [
          {
            ...{ equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm, clockErrorSeconds: 120 },
            ...{ takenAt: '2026-03-03T08:00:00.000Z', times: [], windows: [{ from: warm.from, until: warm.until }] },
          },
        ],
        sourceExists: true,
      },
      then: ['RecallOpened'],
    },
    {
      name: 'it was never above 20 degrees',
      given: { conditioned: [Equipment.like()], watchers: [watched] },
      when: {
        ...{ title: 'Resin got warm', reason: 'May cure too early', drill: true },
        seeds: { conditions: [{ equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm, max: 20 }] },
      },
      performed: {
        evidence: {
          refusal: 'condition-never-held',
          details: { metric: warm.metric, deviceId: Device.sample(), from: warm.from, until: warm.until },
        },
        sourceExists: true,
      },
      then: { refused: 'condition-never-held' },
    },
    {
      name: 'nobody watched whether it was above 5 degrees',
      given: { conditioned: [Equipment.like()], watchers: [watched] },
      when: {
        ...{ title: 'Resin got warm', reason: 'May cure too early', drill: true },
        seeds: { conditions: [{ equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm, max: 5 }] },
      },
      performed: {
        evidence: { refusal: 'condition-narrower', details: { metric: warm.metric, judged: '2..8' } },
        sourceExists: true,
      },
      then: { refused: 'condition-narrower' },
    },
    {
      name: 'a sensor of temperature knows no pressure',
      given: { conditioned: [Equipment.like()], watchers: [watched] },
      when: {
        ...{ title: 'Pressure fell', reason: 'Seals may leak', drill: true },
        seeds: {
          conditions: [
            { equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm, metric: 'pressureBar', max: 5 },
          ],
        },
      },
      performed: {
        evidence: { refusal: 'metric-unknown', details: { deviceId: Device.sample(), metric: 'pressureBar' } },
        sourceExists: true,
      },
      then: { refused: 'metric-unknown' },
    },
    {
      name: 'a value that was out of range every few minutes for a year is no condition of a case',
      given: { conditioned: [Equipment.like()], watchers: [watched] },
      when: {
        ...{ title: 'Resin got warm', reason: 'May cure too early', drill: true },
        seeds: { conditions: [{ equipmentId: Equipment.sample(), deviceId: Device.sample(), ...warm }] },
      },
      performed: { evidence: { refusal: 'condition-scattered', details: {} }, sourceExists: true },
      then: { refused: 'condition-scattered' },
    },
    {
      name: 'a complaint is no nonconformance',
      given: { lots: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        source: { kind: 'nonconformance', id: Complaint.sample() },
        seeds: { lotIds: [Lot.sample()] },
      },
      performed: plain,
      then: { refused: 'source-unfit' },
    },
    {
      name: 'a complaint that nobody recorded',
      given: { lots: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        source: { kind: 'complaint', id: Complaint.sample() },
        seeds: { lotIds: [Lot.sample()] },
      },
      performed: { evidence: [], sourceExists: false },
      then: { refused: 'source-unknown' },
    },
    {
      name: 'one lot is known to be good',
      given: { lots: [Lot.like()], excluded: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        seeds: { lotIds: [Lot.sample()] },
        exclusions: [{ lotId: Lot.sample(2), reason: 'Made of it, but tested 100 % and good' }],
      },
      performed: plain,
      then: ['RecallOpened'],
    },
    {
      name: 'what is suspect is not excluded',
      given: { lots: [Lot.like()], excluded: [Lot.like()] },
      when: {
        ...{ title: 'Resin too soft', reason: 'Hardness below limit', drill: true },
        seeds: { lotIds: [Lot.sample()] },
        exclusions: [{ lotId: Lot.sample(), reason: 'Looks good to me' }],
      },
      performed: plain,
      then: { refused: 'seed-excluded' },
    },
    {
      name: 'a recall from nothing is refused',
      given: {},
      when: { title: 'Empty', reason: 'No seed given', drill: true, seeds: {} },
      performed: plain,
      then: { refused: 'seed-missing' },
    },
  ],
})
