import * as z from 'zod'
import { closedAlready, Hazard, Recall, recallRefusals } from '#domain/recall'
import { RecallHazardEvaluated } from '#domain/recall-judgement'
import { command } from '#kit'

const evaluation = {
  recallId: Recall.sample(),
  harm: 'Infusion stops without an alarm when a cell fails',
  severity: 'serious',
  likelihood: 'remote',
  atRisk: 'Patients on continuous infusion; premature infants most',
  injuries: 0,
  deaths: 0,
  consequences: 'immediate',
  conclusion: 'Class II: serious harm is remote, and a nurse notices within minutes',
} as const

export const handler = command({
  summary: 'Record the health hazard evaluation of a recall, on which its classes rest.',
  route: 'POST /recalls/{recallId}/hazard-evaluations',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, ...Hazard.shape }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallHazardEvaluated],
  refuses: recallRefusals,
  decide: ({ recall }, input, { now, actor }) =>
    closedAlready(recall) ?? RecallHazardEvaluated({ ...input, evaluatedBy: actor.sub, evaluatedAt: now }),
  examples: [
    {
      name: 'serious harm is remote',
      given: { recall: Recall.like() },
      when: evaluation,
      then: ['RecallHazardEvaluated'],
    },
  ],
})
