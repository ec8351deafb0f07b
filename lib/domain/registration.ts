import * as z from 'zod'
import { Day, Line, Reason } from './values.ts'

/** What authorities know an item by, market by market; what is not given shows in each report as missing. */
export const Registration = z.strictObject({
  brand: Line.optional(),
  /** Version or model, 型号规格. */
  model: Line.optional(),
  /** Catalogue number. */
  catalogue: Line.optional(),
  /** Intended use, 适用范围. */
  use: z.strictObject({ en: Reason.optional(), zh: Reason.optional() }).optional(),
  /** Expected life of what does not expire, in words. */
  life: Line.optional(),
  us: z
    .strictObject({
      /** Marketing status: number of the 510(k), PMA or De Novo, or that it is exempt. */
      submission: Line.optional(),
      /** Device listing number. */
      listing: Line.optional(),
      productCode: z
        .string()
        .regex(/^[A-Z]{3}$/, 'must be three letters')
        .optional(),
    })
    .optional(),
  eu: z
    .strictObject({
      basicUdiDi: Line.max(25).optional(),
      riskClass: z.enum(['I', 'Is', 'Im', 'Ir', 'IIa', 'IIb', 'III', 'A', 'B', 'C', 'D']).optional(),
      /** Code of the European medical device nomenclature. */
      emdn: Line.max(20).optional(),
      certificate: Line.optional(),
    })
    .optional(),
  cn: z
    .strictObject({
      /** 医疗器械注册证或者备案凭证编码. */
      certificate: Line.optional(),
      validUntil: Day.optional(),
      /** 管理类别. */
      riskClass: z.enum(['一类', '二类', '三类']).optional(),
    })
    .optional(),
})
export type Registration = z.infer<typeof Registration>
