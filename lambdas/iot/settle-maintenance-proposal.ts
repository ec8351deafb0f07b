import * as z from 'zod'
import { MaintenanceProposal, MaintenanceProposalSettled } from '#domain/maintenance-proposal'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

const when = {
  maintenanceProposalId: MaintenanceProposal.sample(),
  status: 'done',
  reason: 'Bearing replaced',
} as const

export const handler = command({
  summary:
    'Say that the proposed maintenance was done, or that none is needed; the metric is learned anew from now on.',
  route: 'POST /maintenance-proposals/{maintenanceProposalId}/settlements',
  roles: ['service', 'production', 'quality'],
  input: z.strictObject({
    maintenanceProposalId: MaintenanceProposal.id,
    status: z.enum(['done', 'dismissed']),
    reason: Reason,
  }),
  reads: { proposal: MaintenanceProposal.at('maintenanceProposalId') },
  emits: [MaintenanceProposalSettled],
  refuses: {
    'proposal-settled-already': conflict(
      'This proposal of {proposedAt} was settled before: {status}. Look for an open one of the device.',
      '{proposedAt} 的这项建议此前已处理（状态：{status}）。请查看该设备未处理的建议。',
    ),
  },
  decide: ({ proposal: { status, proposedAt } }, input, { now, actor }) =>
    status === 'open'
      ? MaintenanceProposalSettled({ ...input, settledAt: now, settledBy: actor.sub })
      : refuse('proposal-settled-already', { proposedAt, status }),
  examples: [
    {
      name: 'the bearing was replaced',
      given: { proposal: MaintenanceProposal.like() },
      when,
      then: ['MaintenanceProposalSettled'],
    },
    {
      name: 'a heavier tool is on the machine',
      given: { proposal: MaintenanceProposal.like() },
      when: { ...when, status: 'dismissed', reason: 'A heavier tool is mounted' },
      then: ['MaintenanceProposalSettled'],
    },
    {
      name: 'a proposal is settled once',
      given: { proposal: MaintenanceProposal.like({ status: 'dismissed' }) },
      when,
      then: { refused: 'proposal-settled-already' },
    },
  ],
})
