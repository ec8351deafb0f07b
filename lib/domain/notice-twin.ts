import * as z from 'zod'
import { digitalLink, type Goods, type NoticeContent, printed } from './notice-content.ts'

const FhirDevice = z.object({
  resourceType: z.literal('Device'),
  udiCarrier: z
    .array(z.object({ deviceIdentifier: z.string(), issuer: z.string(), carrierHRF: z.string() }))
    .optional(),
  lotNumber: z.string(),
  serialNumber: z.string().optional(),
  expirationDate: z.string().optional(),
  deviceName: z.array(z.object({ name: z.string(), type: z.literal('user-friendly-name') })),
})

/** What a machine of the party needs to find the goods in its own stock without a person reading the notice. */
export const NoticeTwin = z.object({
  notice: z.string(),
  recall: z.string(),
  drill: z.boolean(),
  urgent: z.boolean(),
  update: z.boolean(),
  date: z.string(),
  title: z.string(),
  reason: z.string(),
  harm: z.string().optional(),
  classes: z.array(z.object({ market: z.string(), class: z.string() })),
  goods: z.array(
    z.object({
      lotId: z.string(),
      /** GS1 Digital Link, for goods with a GTIN. */
      digitalLink: z.string().optional(),
      number: z.string(),
      serial: z.string().optional(),
      expires: z.string().optional(),
      quantity: z.number(),
      unit: z.string(),
    }),
  ),
  /** FHIR R4: match the devices of a patient or a store against these. */
  devices: z.object({
    resourceType: z.literal('Bundle'),
    type: z.literal('collection'),
    entry: z.array(z.object({ resource: FhirDevice })),
  }),
})

/** Writes a notice for machines. */
export function twinOf(content: NoticeContent): z.infer<typeof NoticeTwin> {
  const { noticeId, recallId, drill, urgent, update, date, title, reason, harm, goods } = content
  return {
    ...{ notice: noticeId, recall: recallId, drill, urgent, update, date, title, reason, harm },
    classes: [...content.classes],
    goods: goods.map(({ lotId, udi, number, serial, expires, quantity, unit }) => ({
      ...{ lotId, number, serial, expires, quantity, unit },
      ...(udi ? { digitalLink: digitalLink(udi) } : {}),
    })),
    devices: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: goods.map((one) => ({ resource: deviceOf(one) })),
    },
  }
}

const deviceOf = ({ udi, number, serial, expires, name }: Goods): z.infer<typeof FhirDevice> => ({
  resourceType: 'Device',
  ...(udi
    ? {
        udiCarrier: [
          { deviceIdentifier: udi.di, issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di', carrierHRF: printed(udi) },
        ],
      }
    : {}),
  lotNumber: number,
  ...(serial ? { serialNumber: serial } : {}),
  ...(expires ? { expirationDate: expires } : {}),
  deviceName: [{ name: name.en, type: 'user-friendly-name' }],
})
