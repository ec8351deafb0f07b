import * as z from 'zod'

// Device of FHIR R4 (4.0.1), element by element: http://hl7.org/fhir/R4/device.html, with the types that it uses.
const text = z.string().regex(/\S/)
const uri = z.string().regex(/^\S+$/)
const code = z.string().regex(/^[^\s]+(\s[^\s]+)*$/)
const dateTime = z
  .string()
  .regex(
    /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/,
  )
const extensions = { id: z.string().optional(), extension: z.array(z.looseObject({ url: uri })).optional() }
const element = <S extends z.ZodRawShape>(shape: S) => z.strictObject({ ...extensions, ...shape })
const backbone = <S extends z.ZodRawShape>(shape: S) =>
  element({ modifierExtension: z.array(z.looseObject({ url: uri })).optional(), ...shape })

const period = element({ start: dateTime.optional(), end: dateTime.optional() })
const coding = element({
  ...{ system: uri.optional(), version: text.optional(), code: code.optional() },
  ...{ display: text.optional(), userSelected: z.boolean().optional() },
})
const concept = element({ coding: z.array(coding).optional(), text: text.optional() })
const reference = z.looseObject({ reference: text.optional(), type: uri.optional(), display: text.optional() })
const identifier = element({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']).optional(),
  ...{ type: concept.optional(), system: uri.optional(), value: text.optional() },
  ...{ period: period.optional(), assigner: reference.optional() },
})
const quantity = element({
  value: z.number().optional(),
  comparator: z.enum(['<', '<=', '>=', '>']).optional(),
  ...{ unit: text.optional(), system: uri.optional(), code: code.optional() },
})
const contact = element({
  system: z.enum(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other']).optional(),
  value: text.optional(),
  use: z.enum(['home', 'work', 'temp', 'old', 'mobile']).optional(),
  ...{ rank: z.int().positive().optional(), period: period.optional() },
})

const udiCarrier = backbone({
  ...{ deviceIdentifier: text.optional(), issuer: uri.optional(), jurisdiction: uri.optional() },
  carrierAIDC: z.base64().optional(),
  carrierHRF: text.optional(),
  entryType: z.enum(['barcode', 'rfid', 'manual', 'card', 'self-reported', 'unknown']).optional(),
})
const nameTypes = ['udi-label-name', 'user-friendly-name', 'patient-reported-name', 'manufacturer-name'] as const

/** What FHIR R4 lets a Device be: no other element, required codes, each primitive in its form. */
export const R4Device = backbone({
  resourceType: z.literal('Device'),
  meta: z.looseObject({}).optional(),
  ...{ implicitRules: uri.optional(), language: code.optional(), contained: z.array(z.looseObject({})).optional() },
  text: element({ status: z.enum(['generated', 'extensions', 'additional', 'empty']), div: text }).optional(),
  identifier: z.array(identifier).optional(),
  definition: reference.optional(),
  udiCarrier: z.array(udiCarrier).optional(),
  status: z.enum(['active', 'inactive', 'entered-in-error', 'unknown']).optional(),
  statusReason: z.array(concept).optional(),
  distinctIdentifier: text.optional(),
  ...{ manufacturer: text.optional(), manufactureDate: dateTime.optional(), expirationDate: dateTime.optional() },
  ...{ lotNumber: text.optional(), serialNumber: text.optional() },
  deviceName: z.array(backbone({ name: text, type: z.enum([...nameTypes, 'model-name', 'other']) })).optional(),
  ...{ modelNumber: text.optional(), partNumber: text.optional(), type: concept.optional() },
  specialization: z.array(backbone({ systemType: concept, version: text.optional() })).optional(),
  version: z.array(backbone({ type: concept.optional(), component: identifier.optional(), value: text })).optional(),
  property: z
    .array(
      backbone({
        ...{ type: concept, valueQuantity: z.array(quantity).optional(), valueCode: z.array(concept).optional() },
      }),
    )
    .optional(),
  ...{ patient: reference.optional(), owner: reference.optional(), contact: z.array(contact).optional() },
  ...{ location: reference.optional(), url: uri.optional(), safety: z.array(concept).optional() },
  note: z.array(z.looseObject({ text })).optional(),
  parent: reference.optional(),
})
