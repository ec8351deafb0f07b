import * as z from 'zod'
import { refused, shared } from '#kit'

/** A time at temperatures outside the storage range, in minutes. */
const Minutes = z.number().min(0).max(1e6)
const Celsius = z.number().min(-273).max(200)

/** What a product may bear outside its storage range in all its life; what is absent is not limited. */
export const ThermalBudget = z
  .strictObject({
    /** Above the range, in all. */
    minutesAbove: Minutes.optional(),
    /** Below the range, in all. */
    minutesBelow: Minutes.optional(),
    /** Outside the range at a stretch. */
    longestMinutes: Minutes.optional(),
    /** The warmest and the coldest that it may ever be. */
    highestC: Celsius.optional(),
    lowestC: Celsius.optional(),
    /** Mean kinetic temperature of the last 30 days (USP <1079.2>). */
    meanKineticC: Celsius.optional(),
  })
  .refine((budget) => Object.keys(budget).length > 0, 'must limit something')

export type ThermalBudget = z.infer<typeof ThermalBudget>

/** What a lot bore outside its range: of all its parts that which bore most. */
export const Borne = z.object({
  minutesAbove: z.number(),
  minutesBelow: z.number(),
  longestMinutes: z.number(),
  highestC: z.number().optional(),
  lowestC: z.number().optional(),
  meanKineticC: z.number().optional(),
})

export type Borne = z.infer<typeof Borne>

export const nothingBorne: Borne = { minutesAbove: 0, minutesBelow: 0, longestMinutes: 0 }

/** A limit of a budget that was passed. */
export const Excess = z.object({
  what: z.enum(Object.keys(Borne.shape) as [keyof Borne]),
  allowed: z.number(),
  found: z.number(),
})

/** The limits that what was borne passes. */
export function excessesOf(budget: ThermalBudget, borne: Borne): z.infer<typeof Excess>[] {
  return (Object.keys(Borne.shape) as (keyof Borne)[]).flatMap((what) => {
    const [allowed, found] = [budget[what], borne[what]]
    if (allowed === undefined || found === undefined) return []
    const passed = what === 'lowestC' ? found < allowed : found > allowed
    return passed ? [{ what, allowed, found }] : []
  })
}

/** How much of each limit is left: minutes, or degrees to a temperature; below zero where it is passed. */
export const leftOf = (budget: ThermalBudget, borne: Borne): Partial<Borne> =>
  Object.fromEntries(
    (Object.keys(Borne.shape) as (keyof Borne)[]).flatMap((what) => {
      const [allowed, found] = [budget[what], borne[what]]
      if (allowed === undefined || found === undefined) return []
      return [[what, Number((what === 'lowestC' ? found - allowed : allowed - found).toFixed(3))]]
    }),
  )

/** The most of each that one of two bore. */
export const mostOf = (a: Borne, b: Borne): Borne => ({
  minutesAbove: Math.max(a.minutesAbove, b.minutesAbove),
  minutesBelow: Math.max(a.minutesBelow, b.minutesBelow),
  longestMinutes: Math.max(a.longestMinutes, b.longestMinutes),
  highestC: outer(Math.max, a.highestC, b.highestC),
  lowestC: outer(Math.min, a.lowestC, b.lowestC),
  meanKineticC: outer(Math.max, a.meanKineticC, b.meanKineticC),
})

/** What was borne at one time and what was borne at another, together. */
export const sumOf = (a: Borne, b: Borne): Borne => ({
  ...mostOf(a, b),
  minutesAbove: minutes(60_000 * (a.minutesAbove + b.minutesAbove)),
  minutesBelow: minutes(60_000 * (a.minutesBelow + b.minutesBelow)),
})

function outer(pick: (...values: number[]) => number, a: number | undefined, b: number | undefined) {
  const known = [a, b].filter((one) => one !== undefined)
  return known.length > 0 ? pick(...known) : undefined
}

/** Milliseconds as minutes, to the thousandth. */
export const minutes = (milliseconds: number) => Number((milliseconds / 60_000).toFixed(3))

export const budgetRefusals = shared({
  'budget-without-range': refused(
    'Item {code} has no storage range in °C that a thermal budget could be counted against. Give "storage" with "minC" or "maxC".',
    '物料 {code} 没有以 °C 表示的储存范围，热预算无从计算。请在 “storage” 中填写 “minC” 或 “maxC”。',
  ),
})
