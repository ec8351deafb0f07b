import * as z from 'zod'
import { calibrationDueAfter, Equipment, EquipmentCalibrated } from '#domain/equipment'
import { Code, Instant, Line } from '#domain/values'
import { command, conflict, invalid, refuse } from '#kit'

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
  }),
  reads: { equipment: Equipment.at('equipmentId') },
  emits: [EquipmentCalibrated],
  refuses: {
    'calibration-in-future': invalid(
      'The calibration of {code} is dated {calibratedAt}, which has not come yet. Correct the time.',
      '设备 {code} 的校准时间 {calibratedAt} 尚未到来。请更正时间。',
    ),
    'calibration-superseded': conflict(
      'Equipment {code} was calibrated later already, at {last}. Record calibrations in their order.',
      '设备 {code} 已有更晚的校准（{last}）。请按时间顺序记录。',
    ),
  },
  decide: ({ equipment }, input, { now, actor }) => {
    const { code, lastCalibration: last } = equipment
    const { calibratedAt } = input
    const at = Date.parse(calibratedAt)
    if (at > Date.parse(now)) return refuse('calibration-in-future', { code, calibratedAt })
    if (last && Date.parse(last.at) >= at) return refuse('calibration-superseded', { code, last: last.at })
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
