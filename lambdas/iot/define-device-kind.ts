import * as z from 'zod'
import { DeviceKind, DeviceKindDefined } from '#domain/device-kind'
import { command } from '#kit'

const { code, name, thingType, dictionary } = DeviceKind.schema.shape

export const handler = command({
  summary: 'Define a kind of device in the data dictionary: its metrics with their units, ranges and alarm limits.',
  route: 'POST /device-kinds',
  roles: ['admin', 'quality'],
  input: z.strictObject({ code, name, thingType, dictionary }),
  reads: {},
  emits: [DeviceKindDefined],
  refuses: {},
  decide: (_, input, { newId }) => DeviceKindDefined({ deviceKindId: newId(DeviceKind), ...input }),
  examples: [
    {
      name: 'a sensor of temperature and humidity',
      given: {},
      when: {
        ...{ code: 'storage-sensor', name: { en: 'Storage sensor', zh: '库房传感器' }, thingType: 'sensor' },
        dictionary: DeviceKind.like().dictionary,
      },
      then: ['DeviceKindDefined'],
    },
    {
      name: 'a press whose vibration has alarm limits of its own',
      given: {},
      when: {
        ...{ code: 'press-400', name: { en: 'Press 400', zh: '400 型压机' }, thingType: 'machine' },
        dictionary: {
          metrics: [{ code: 'vibration', unit: 'mm/s', min: 0, max: 100, alarm: { max: 7.1 }, margin: 0.5 }],
          texts: ['state'],
        },
      },
      then: ['DeviceKindDefined'],
    },
  ],
})
