import * as z from 'zod'

/** A short line of text without control characters. */
export const Line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters')

/** A reason that another person can understand later. */
export const Reason = z.string().min(3).max(2000)

/** A company's own number of a thing: lot number, item code, order number. */
export const Code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,49}$/, 'must be 1 to 50 of letters, digits, space and . _ / + -')

/** Lot and serial numbers that fit every bar code: GS1 AI 10 and 21 take 20 of these. */
export const LotNumber = z.string().regex(/^[0-9A-Z][0-9A-Z-]{0,19}$/, 'must be 1 to 20 of 0-9, A-Z and -')

/** A supplier's lot number as it stands on the label; we do not choose its characters. */
export const SupplierLotNumber = Line.max(50)

/** A calendar day, ISO 8601. */
export const Day = z.iso.date()

/** The day that lies so many days after a day or instant, in UTC. */
export function daysAfter(from: string, days: number): string {
  const day = new Date(`${from.slice(0, 10)}T00:00:00Z`)
  day.setUTCDate(day.getUTCDate() + days)
  return day.toISOString().slice(0, 10)
}

/** An instant in UTC, ISO 8601. */
export const Instant = z.iso.datetime()

/** Units in which stock is kept (UN/CEFACT names). */
export const Unit = z.enum(['each', 'kg', 'g', 'l', 'ml', 'm', 'mm', 'm2'])

/** A quantity or none, at most six decimals, so that sums are exact. */
export const QuantityOrZero = z
  .number()
  .min(0)
  .max(1e9)
  .refine((value) => Number(value.toFixed(6)) === value, 'must have at most 6 decimals')

/** Quantity of stock: more than zero. */
export const Quantity = QuantityOrZero.positive()

/** A sum of quantities; it may pass the limit of a single one. */
export const Total = z.number().min(0)

export const Language = z.enum(['en', 'zh'])

/** Country, ISO 3166-1 alpha-2. */
export const Country = z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters, e.g. DE')

/** Storage range of an item or location. */
export const StorageRange = z
  .strictObject({
    /** Degrees Celsius. */
    minC: z.number().min(-273).max(200).optional(),
    maxC: z.number().min(-273).max(200).optional(),
    /** Relative humidity, percent. */
    minRh: z.number().min(0).max(100).optional(),
    maxRh: z.number().min(0).max(100).optional(),
  })
  .refine(({ minC, maxC }) => minC === undefined || maxC === undefined || minC < maxC, 'minC must be below maxC')
  .refine(
    ({ minRh, maxRh }) => minRh === undefined || maxRh === undefined || minRh < maxRh,
    'minRh must be below maxRh',
  )

type Range = z.infer<typeof StorageRange>

/** The range that suits all of these: the highest of the low limits to the lowest of the high ones. */
export function narrowest(ranges: readonly (Range | undefined)[]): Range | undefined {
  const most = (side: keyof Range, pick: (...values: number[]) => number) => {
    const known = ranges.flatMap((range) => range?.[side] ?? [])
    return known.length > 0 ? { [side]: pick(...known) } : {}
  }
  const found = {
    ...most('minC', Math.max),
    ...most('maxC', Math.min),
    ...most('minRh', Math.max),
    ...most('maxRh', Math.min),
  }
  return Object.keys(found).length > 0 ? found : undefined
}

/** Whether a list names nothing twice. */
export const distinct = (values: readonly string[]) => new Set(values).size === values.length
