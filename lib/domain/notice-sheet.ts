import type { Block, Cell, Sheet, Symbol2d } from '#kit'
import { carried, type Goods, type NoticeContent, printed } from './notice-content.ts'
import { noticeWords, quantityIn } from './notice-words.ts'

function rowOf({ language }: NoticeContent, one: Goods, draw: (text: string) => Symbol2d): Cell[] {
  const { code, name, number, serial, expires = '', quantity, unit, udi } = one
  return [
    { text: `${language === 'zh' ? (name.zh ?? name.en) : name.en}\n${code}` },
    udi ? { text: printed(udi, '\n'), symbol: draw(carried(udi)) } : { text: '' },
    { text: serial ? `${number} / ${serial}` : number },
    { text: expires },
    { text: quantityIn(language, quantity, unit) },
  ]
}

/** What stands at the head of a notice, where it is known. */
export function headOf(content: NoticeContent): [name: string, value: string][] {
  const words = noticeWords[content.language]
  const { contact } = content
  const facts: [string, string][] = [
    [words.reference, content.noticeId],
    [words.recall, content.recallId],
    [words.date, content.date],
    [words.attention, content.attention],
    [words.contact, contact ? [contact.name, contact.email, contact.phone].filter(Boolean).join(', ') : ''],
    [words.classes, content.classes.map(({ market, class: name }) => `${market} ${name}`).join(', ')],
  ]
  return facts.filter(([, value]) => value !== '')
}

/** The notice for paper, in the party's language; `draw` makes the bar codes. */
export function noticeSheet(content: NoticeContent, draw: (text: string) => Symbol2d): Sheet {
  const words = noticeWords[content.language]
  const { title, role, drill, urgent, update, reason, harm, goods } = content
  const text = (one: string): Block => ({ kind: 'text', text: one })
  const heading = (one: string): Block => ({ kind: 'heading', text: one })
  return {
    title: `${words.heading}: ${title}`,
    language: content.language,
    blocks: [
      ...(drill || urgent ? [{ kind: 'mark' as const, text: drill ? words.drill : words.urgent, urgent: !drill }] : []),
      { kind: 'title', text: words.heading },
      text(title),
      ...(update ? [text(words.update)] : []),
      {
        kind: 'table',
        head: [],
        widths: [0.25, 0.75],
        rows: headOf(content).map(([name, value]) => [{ text: name }, { text: value }]),
      },
      heading(words.devices),
      {
        kind: 'table',
        head: [
          ...[words.product, words.udi, words.lot, words.expires],
          role === 'customer' ? words.quantity : words.delivered,
        ],
        widths: [0.24, 0.28, 0.2, 0.13, 0.15],
        rows: goods.map((one) => rowOf(content, one, draw)),
      },
      heading(words.reason),
      text(reason),
      ...(harm ? [text(`${words.hazard}: ${harm}`)] : []),
      heading(words.action),
      { kind: 'steps', items: words.steps[role] },
    ],
  }
}
