import * as z from 'zod'
import { HappenedAt } from '#domain/happened'
import { Installation, UnitUninstalled } from '#domain/installation'
import { Reason } from '#domain/values'
import { command, conflict, invalid, refuse } from '#kit'

const when = { installationId: Installation.sample(), reason: 'Replaced by a new one' }
const stock = { lot_00000000000000000000000001: { [Installation.sample()]: 1 } }

export const handler = command({
  summary: 'Record that a unit is no longer in use at its place; the customer still has it.',
  route: 'POST /installations/{installationId}/end',
  roles: ['service'],
  input: z.strictObject({ installationId: Installation.id, reason: Reason, happenedAt: HappenedAt }),
  reads: { installation: Installation.at('installationId') },
  emits: [UnitUninstalled],
  refuses: {
    'installation-ended': conflict(
      'The unit at {place} was taken out of use at {endedAt} already. Nothing is left to do.',
      '{place} 的设备已于 {endedAt} 停用，无需再次操作。',
    ),
    'end-impossible': invalid(
      'The unit went into use at {installedAt} and cannot have ended at {at}. Correct "happenedAt".',
      '该设备于 {installedAt} 启用，不可能于 {at} 停用。请更正 “happenedAt”。',
    ),
  },
  decide: ({ installation }, { happenedAt, ...input }, { now }) => {
    const { lotId, itemId, customerId, status, place, installedAt, endedAt } = installation
    const at = happenedAt ?? now
    if (status === 'ended') return refuse('installation-ended', { place, endedAt })
    if (Date.parse(at) < Date.parse(installedAt) || Date.parse(at) > Date.parse(now))
      return refuse('end-impossible', { installedAt, at })
    return UnitUninstalled({ ...input, lotId, itemId, customerId, endedAt: at, happenedAt })
  },
  examples: [
    {
      name: 'a pump is replaced',
      given: { installation: Installation.like() },
      stock,
      when,
      then: ['UnitUninstalled'],
    },
    {
      name: 'it is taken out once',
      given: { installation: Installation.like({ status: 'ended', endedAt: '2026-02-20T09:00:00.000Z' }) },
      when,
      then: { refused: 'installation-ended' },
    },
    {
      name: 'it does not end before it began',
      given: { installation: Installation.like() },
      stock,
      when: { ...when, happenedAt: '2020-01-31T08:00:00.000Z' },
      then: { refused: 'end-impossible' },
    },
  ],
})
