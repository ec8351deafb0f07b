import * as z from 'zod'
import { DeviceKind, DeviceKindRevised, Dictionary } from '#domain/device-kind'
import { command, conflict, refuse } from '#kit'

const given = { kind: DeviceKind.like() }
const { dictionary } = given.kind
const [temperature] = dictionary.metrics

export const handler = command({
  summary: 'Revise what devices of a kind may send; each device keeps its dictionary until the kind is applied to it.',
  route: 'POST /device-kinds/{deviceKindId}/revisions',
  roles: ['admin', 'quality'],
  input: z.strictObject({ deviceKindId: DeviceKind.id, dictionary: Dictionary }),
  reads: { kind: DeviceKind.at('deviceKindId') },
  emits: [DeviceKindRevised],
  refuses: {
    'metric-unit-changed': conflict(
      'Metric {metric} of kind {kind} is kept in {unit}, and its history would mix with {given}. Give the new unit a new code.',
      '类型 {kind} 的测量项 {metric} 以 {unit} 保存，改为 {given} 会与历史数据混淆。请为新单位使用新代码。',
    ),
  },
  decide: ({ kind }, { deviceKindId, dictionary }) => {
    for (const { code: metric, unit: given } of dictionary.metrics) {
      const unit = kind.dictionary.metrics.find(({ code }) => code === metric)?.unit
      if (unit !== undefined && unit !== given)
        return refuse('metric-unit-changed', { metric, kind: kind.code, unit, given })
    }
    return DeviceKindRevised({ deviceKindId, revision: kind.revision + 1, dictionary })
  },
  examples: [
    {
      name: 'a wider plausible range',
      given,
      when: { deviceKindId: DeviceKind.sample(), dictionary: { metrics: [{ ...temperature!, max: 200 }], texts: [] } },
      then: ['DeviceKindRevised'],
    },
    {
      name: 'the same code in another unit is refused',
      given,
      when: {
        deviceKindId: DeviceKind.sample(),
        dictionary: { metrics: [{ ...temperature!, unit: '°F' }], texts: [] },
      },
      then: { refused: 'metric-unit-changed' },
    },
  ],
})
