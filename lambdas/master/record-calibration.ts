import * as z from 'zod'
import { calibrationDueAfter, Equipment, EquipmentCalibrated } from '#domain/equipment'
import { Code, Instant, Line, Reason } from '#domain/values'
import { command, conflict, invalid, refuse, refused } from '#kit'

const calibration = {
  equipmentId: Equipment.sample(),
  calibratedAt: '2026-01-31T10:00:00.000Z',
  certificate: 'CAL-26-017',
  passed: true,
  asFound: 'within 0.02 g over the range',
}

export const handler = command({
  summary: 'Record a calibration; equipment that failed stays out of service until one passes.',
  route: 'POST /equipment/{equipmentId}/calibrations',
  roles: ['quality', 'service'],
  input: z.strictObject({
    equipmentId: Equipment.id,
    calibratedAt: Instant,
    certificate: Code,
    passed: z.boolean(),
    asFound: Line,
    references: z
      .array(Equipment.id)
      .max(10)
      .default([])
      .describe('Gauges it was compared with: a trace of one while it was overdue goes on here'),
    deviation: Reason.optional().describe('Why a reference was used that was not fit for use'),
  }),
  reads: { equipment: Equipment.at('equipmentId'), gauges: Equipment.at('references[]') },
  emits: [EquipmentCalibrated],
  refuses: {
    'calibration-in-future': invalid(
      'The calibration of {code} is dated {calibratedAt}, which has not come yet. Correct the time.',
      '设备 {code} 的校准时间 {calibratedAt} 尚未到来。请更正时间。',
    ),
    'calibration-by-itself': invalid(
      'Equipment {code} is named as its own reference. Name what it was compared with.',
      '设备 {code} 被列为自身的参考标准。请填写实际用于比对的量具。',
    ),
    'reference-unfit': refused(
      'Reference {code} was {status} (calibration due {due}). Compare with another, or give "deviation", the reason why it was used.',
      '参考标准 {code} 状态为 {status}（校准到期日 {due}）。请改用其他标准，或在 “deviation” 中说明使用原因。',
    ),
    'calibration-superseded': conflict(
      'Equipment {code} was calibrated later already, at {last}. Record calibrations in their order.',
      '设备 {code} 已有更晚的校准（{last}）。请按时间顺序记录。',
    ),
  },
  decide: ({ equipment, gauges }, input, { now, actor }) => {
    const { code, lastCalibration: last } = equipment
    const { calibratedAt } = input
    const at = Date.parse(calibratedAt)
    if (at > Date.parse(now)) return refuse('calibration-in-future', { code, calibratedAt })
    if (last && Date.parse(last.at) >= at) return refuse('calibration-superseded', { code, last: last.at })
    if (input.references.includes(equipment.id)) return refuse('calibration-by-itself', { code })
    const day = new Date(at).toISOString().slice(0, 10)
    const unfit = gauges.find(
      ({ status, calibrationDue: due }) => status === 'out-of-service' || (due !== undefined && due < day),
    )
    if (unfit && input.deviation === undefined) {
      const { code: of, status, calibrationDue: due = '-' } = unfit
      return refuse('reference-unfit', { code: of, due, status: status === 'out-of-service' ? status : 'overdue' })
    }
    return EquipmentCalibrated({
      ...input,
      calibratedBy: actor.sub,
      calibrationDue: calibrationDueAfter(equipment, input),
    })
  },
  examples: [
    {
      name: 'a scale passes',
      given: { equipment: Equipment.like({ calibrateEveryDays: 365, calibrationDue: '2026-02-28' }) },
      when: calibration,
      then: ['EquipmentCalibrated'],
    },
    {
      name: 'a scale fails',
      given: { equipment: Equipment.like() },
      when: { ...calibration, passed: false, asFound: '0.4 g too much at 100 g' },
      then: ['EquipmentCalibrated'],
    },
    {
      name: 'a flow meter is compared with the reference of the laboratory',
      given: { equipment: Equipment.like(), gauges: [Equipment.like({ code: 'REF-1', calibrationDue: '2099-12-31' })] },
      when: { ...calibration, references: [Equipment.sample(2)] },
      then: ['EquipmentCalibrated'],
    },
    {
      name: 'a reference that is overdue itself',
      given: { equipment: Equipment.like(), gauges: [Equipment.like({ code: 'REF-1', calibrationDue: '2020-01-31' })] },
      when: { ...calibration, references: [Equipment.sample(2)] },
      then: { refused: 'reference-unfit' },
    },
    {
      name: 'nothing is its own reference',
      given: { equipment: Equipment.like() },
      when: { ...calibration, references: [Equipment.sample()] },
      then: { refused: 'calibration-by-itself' },
    },
    {
      name: 'a calibration has happened already',
      given: { equipment: Equipment.like() },
      when: { ...calibration, calibratedAt: '2099-12-31T10:00:00.000Z' },
      then: { refused: 'calibration-in-future' },
    },
    {
      name: 'an older calibration does not replace a newer one',
      given: { equipment: Equipment.like({ lastCalibration: { at: '2026-02-01T10:00:00.000Z', passed: false } }) },
      when: calibration,
      then: { refused: 'calibration-superseded' },
    },
  ],
})
