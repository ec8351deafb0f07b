import * as z from 'zod'
import { type Evidence, seedsOfEvidence } from '#domain/condition'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Recall, RecallEvidenceGrown } from '#domain/recall'
import { task } from '#kit'
import { grownEvidence } from '#recall'

const when = { recallId: Recall.sample() }
const window = { from: '2026-03-02T06:00:00.000Z', until: '2026-03-02T08:00:00.000Z' }
const later: Evidence = {
  ...{ equipmentId: Equipment.sample(), deviceId: Device.sample(), metric: 'temperatureC', max: 8, ...window },
  ...{ clockErrorSeconds: 120, takenAt: '2026-03-03T08:00:00.000Z', times: [], windows: [window] },
}

export const handler = task({
  summary: 'Take into a recall what telemetry that came late shows of its conditions; what it had stays as it was.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallEvidenceGrown],
  refuses: {},
  uses: ['table'],
  perform: ({ recall }, _, ports, { now }) => grownEvidence(recall, ports, now),
  decide: ({ recall }, { recallId }, { now }, evidence) => {
    const seeds = seedsOfEvidence(evidence).filter((seed) => !recall.seeds.includes(seed))
    if (recall.status === 'closed' || seeds.length === 0) return []
    return RecallEvidenceGrown({ recallId, seeds, evidence: [...evidence], at: now })
  },
  output: ({ recallId }, evidence) => ({ recallId, grown: evidence.length }),
  examples: [
    {
      name: 'readings that came late show another hour outside the range',
      given: { recall: Recall.like({ status: 'notified' }) },
      when,
      performed: [later],
      then: ['RecallEvidenceGrown'],
    },
    {
      name: 'the machine runs again',
      given: { recall: Recall.like({ status: 'opened', seeds: seedsOfEvidence([later]) }) },
      when,
      performed: [later],
      then: [],
    },
    { name: 'nothing came late', given: { recall: Recall.like() }, when, performed: [], then: [] },
  ],
})
