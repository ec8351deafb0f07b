import * as z from 'zod'
import { Equipment, EquipmentDefined } from '#domain/equipment'
import { Site } from '#domain/site'
import { Code, Day, Instant, Line } from '#domain/values'
import { command, invalid, refuse } from '#kit'

export const handler = command({
  summary: 'Define a machine, gauge or tool whose condition can affect the product.',
  route: 'POST /sites/{siteId}/equipment',
  roles: ['admin', 'production', 'service'],
  input: z.strictObject({
    siteId: Site.id,
    code: Code,
    name: Line,
    model: Code.optional().describe('Machines of a model are judged by the repairs of each other'),
    calibrateEveryDays: z.int().min(1).max(3650).optional(),
    calibrationDue: Day.optional(),
    inUseSince: Instant.optional().describe('When it was taken into use: the lives of its parts begin then'),
  }),
  reads: { site: Site.at('siteId') },
  emits: [EquipmentDefined],
  refuses: {
    'calibration-due-missing': invalid(
      'Equipment {code} is calibrated every {days} days, but no first due day is given. Add "calibrationDue".',
      '设备 {code} 每 {days} 天校准一次，但未给出首次到期日。请填写 “calibrationDue”。',
    ),
  },
  decide: (_, input, { newId }) => {
    const { code, calibrateEveryDays: days, calibrationDue } = input
    if (days !== undefined && calibrationDue === undefined) return refuse('calibration-due-missing', { code, days })
    return EquipmentDefined({ ...input, equipmentId: newId(Equipment) })
  },
  examples: [
    {
      name: 'a scale that is calibrated each year',
      given: { site: Site.like() },
      when: {
        siteId: Site.sample(),
        code: 'SCALE-3',
        name: 'Scale 3',
        calibrateEveryDays: 365,
        calibrationDue: '2099-12-31',
      },
      then: ['EquipmentDefined'],
    },
    {
      name: 'a calibration interval needs its first day',
      given: { site: Site.like() },
      when: { siteId: Site.sample(), code: 'SCALE-4', name: 'Scale 4', calibrateEveryDays: 365 },
      then: { refused: 'calibration-due-missing' },
    },
  ],
})
