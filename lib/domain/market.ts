import * as z from 'zod'
import { invalid, refuse, shared } from '#kit'

/** Where goods are sold and a regulator watches: its own recall classes, clocks and forms. */
export const Market = z.enum(['US', 'EU', 'CN'])
export type Market = z.infer<typeof Market>

/**
 * Recall classes that each market knows, gravest first: 21 CFR 7.3(m) in the US, 医疗器械召回管理办法 Art. 13 in China.
 * The EU has no classes; there every recall is a field safety corrective action.
 */
const classesOf: Readonly<Record<Market, readonly string[]>> = {
  US: ['I', 'II', 'III'],
  EU: ['FSCA'],
  CN: ['一级', '二级', '三级'],
}

/** Classes whose notice must be marked urgent (21 CFR 7.49(b); the Commission's FSN template always is). */
const urgent: ReadonlySet<string> = new Set(['US I', 'US II', 'EU FSCA', 'CN 一级', 'CN 二级'])

/** Whether a notice must be marked urgent; while no market has a class, nobody knows better. */
export const isUrgent = (classes: readonly { readonly market: Market; readonly class: string }[]) =>
  classes.length === 0 || classes.some(({ market, class: name }) => urgent.has(`${market} ${name}`))

export const classRefusals = shared({
  'class-unknown': invalid(
    'The market {market} knows no class "{class}". It has: {classes}.',
    '市场 {market} 没有“{class}”这一级别。可选：{classes}。',
  ),
})

/** Refuses a class that the market does not know. */
export const classUnknown = (market: Market, name: string) =>
  classesOf[market].includes(name)
    ? undefined
    : refuse('class-unknown', { market, class: name, classes: classesOf[market].join(', ') })
