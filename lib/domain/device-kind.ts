import * as z from 'zod'
import { entity } from '#kit'
import { Action } from './device-command.ts'
import { Code, distinct, Line } from './values.ts'

/** Name of a measured value in messages. Short: Timestream names a record after all the measures it holds. */
export const MetricCode = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,14}$/, 'must be 1 to 15 letters and digits that begin with a small letter')
  .refine((code) => code !== 'at', 'must not be "at", the name of the time')

/** Code of an alarm, fault or counter, as the device says it. */
export const EventCode = z.string().regex(/^[A-Za-z0-9][\w.-]{0,31}$/, 'must be 1 to 32 of letters, digits and . _ -')

/** A number that devices measure. */
export const Metric = z
  .strictObject({
    code: MetricCode,
    /** As devices and people write it, e.g. °C. */
    unit: Line.max(20),
    /** Its name in Sparkplug payloads, where that is not the code. */
    sparkplugName: Line.optional(),
    /** The least and the most that is plausible; beyond, the sensor or its unit is wrong. */
    min: z.number(),
    max: z.number(),
    /** What of a place's storage range limits it. */
    range: z.enum(['temperature', 'humidity']).optional(),
    /** Limits where no place sets any. */
    alarm: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
    /** How far back inside its limits a value must be to end an exposure, so that noise makes one interval. */
    margin: z.number().min(0).default(0),
    /** After so long without a value nobody knows what it was; 30 where nothing is said. */
    silentAfterMinutes: z.int().min(1).max(10_080).optional(),
    /** The metric that moves this one when nothing is wrong, e.g. the load: a prediction takes its part out. */
    drivenBy: MetricCode.optional(),
  })
  .refine(({ min, max }) => min < max, 'min must be below max')

export type Metric = z.infer<typeof Metric>

/** What devices of a kind may send. */
export const Dictionary = z
  .strictObject({
    metrics: z.array(Metric).max(12),
    /** What they tell in words, e.g. `state`. */
    texts: z.array(MetricCode).max(4).default([]),
    /** What they can be told to do from afar, e.g. `lock`. */
    actions: z.array(Action).max(16).optional(),
    /** Codes of alarms that are settled where the device is, e.g. an empty syringe: no service order is opened for them. */
    localAlarms: z.array(EventCode).max(50).optional(),
  })
  .refine(
    ({ metrics, texts }) => distinct([...metrics.map(({ code }) => code), ...texts]),
    'must not name a code twice',
  )
  .refine(
    ({ metrics }) => metrics.every(({ drivenBy }) => !drivenBy || metrics.some(({ code }) => code === drivenBy)),
    'must name a metric of its own in drivenBy',
  )
  .refine(({ metrics, texts }) => metrics.length + texts.length > 0, 'must name at least one metric or text')

/** AWS IoT thing types, of which each region keeps a fixed set; kinds of devices come and go with the dictionary. */
export const thingTypes = ['sensor', 'machine', 'field-device', 'scanner', 'controller'] as const

/** Name of a thing type in the registry, which all deployments of an account share. */
export const thingTypeName = (type: (typeof thingTypes)[number]) => `lotline-${type}`

/** Names in the people's languages. */
const Name = z.strictObject({ en: Line, zh: Line.optional() })

/** An entry of the data dictionary: what a kind of device measures, in which units and limits. */
export const DeviceKind = entity('device-kind', {
  area: 'iot',
  prefix: 'dvk',
  state: z.object({
    code: Code,
    name: Name,
    thingType: z.enum(thingTypes),
    /** Counts revisions; a device keeps the one that was applied to it. */
    revision: z.int().positive(),
    dictionary: Dictionary,
  }),
  example: {
    code: 'storage-sensor',
    name: { en: 'Storage sensor', zh: '库房传感器' },
    thingType: 'sensor',
    revision: 1,
    dictionary: {
      metrics: [
        { code: 'temperatureC', unit: '°C', min: -100, max: 150, range: 'temperature', margin: 0.5 },
        { code: 'humidityPct', unit: '%', min: 0, max: 100, range: 'humidity', margin: 2 },
      ],
      texts: [],
    },
  },
  worklist: ({ thingType }) => thingType,
  unique: { code: ({ code }) => code },
})

export const DeviceKindDefined = DeviceKind.born(
  'DeviceKindDefined',
  DeviceKind.schema.omit({ revision: true }).extend({ deviceKindId: DeviceKind.id }),
  ({ deviceKindId: _, ...state }) => ({ ...state, revision: 1 }),
)

export const DeviceKindRevised = DeviceKind.fact(
  'DeviceKindRevised',
  z.object({ deviceKindId: DeviceKind.id, revision: z.int(), dictionary: Dictionary }),
  ({ id: _, ...kind }, { revision, dictionary }) => ({ ...kind, revision, dictionary }),
)
