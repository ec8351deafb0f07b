import type { z } from 'zod'
import type { Symbol2d } from '#kit'
import type { KeptAnswer } from './answer.ts'
import { carried, type Goods, type NoticeContent, printed } from './notice-content.ts'
import { headOf } from './notice-sheet.ts'
import { noticeWords, quantityIn } from './notice-words.ts'

type Kept = z.infer<typeof KeptAnswer>
type Words = (typeof noticeWords)['en' | 'zh']

/** Text that can be no markup. */
const plain = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style = `body{font:16px/1.55 system-ui,"Noto Sans SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:60rem;padding:1.5rem;color:#1c2733}
h1{margin:.2em 0;line-height:1.25}h2{margin:1.6em 0 .4em;border-bottom:2px solid #1c2733}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #dde3ea;overflow-wrap:anywhere}th{white-space:nowrap}
.urgent{display:inline-block;background:#b3141b;color:#fff;font-weight:700;font-size:1.4rem;padding:.1em .6em}.drill{background:#0b5cad}
svg{width:5.5rem;height:5.5rem}small{display:block;word-break:break-all;color:#54606c}
fieldset{border:1px solid #c6cfd8;border-radius:6px;margin:1rem 0;padding:.6rem 1rem}legend{font-weight:600;padding:0 .4rem}
.counts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.6rem 1rem}
label{display:block;margin:.7rem 0}label.tick{display:flex;gap:.6rem;align-items:flex-start}label.tick input{margin-top:.35rem}
input:not([type=checkbox]),textarea{font:inherit;padding:.45rem .5rem;width:100%;box-sizing:border-box;border:1px solid #8b98a5;border-radius:4px}
input:user-invalid{border-color:#b3141b;outline-color:#b3141b}output{display:block}
button{font:inherit;font-weight:600;padding:.6rem 1.6rem;border:1px solid #0b5cad;border-radius:4px;background:#fff;color:#0b5cad;cursor:pointer}
button:not([type]){background:#0b5cad;color:#fff}button:disabled{opacity:.5}
#said{font-weight:600}#said.no{color:#b3141b;display:block;margin-top:.6rem}.thanks{border-left:6px solid #1a7f37;background:#eef8f0;padding:.8rem 1.2rem}
@media(max-width:40rem){body{padding:1rem}button:not([type]){width:100%}
.goods tr:first-child{display:none}.goods tr{display:block;border-bottom:2px solid #1c2733;padding:.4rem 0}.goods td{display:block;border:0;padding:.15rem 0}
.goods td:empty{display:none}.goods td[data-name]::before{content:attr(data-name)": ";color:#54606c}}`

const symbol = ({ side, path }: Symbol2d, label: string) =>
  `<svg viewBox="-1 -1 ${side + 2} ${side + 2}" role="img" aria-label="${plain(label)}"><rect x="-1" y="-1" width="${side + 2}" height="${side + 2}" fill="#fff"/><path d="${path}" fill-rule="evenodd"/></svg>`

function rowOf(content: NoticeContent, one: Goods, draw: (text: string) => Symbol2d): string {
  const { code, name, number, serial, expires = '', quantity, unit, udi } = one
  const shown = content.language === 'zh' ? (name.zh ?? name.en) : name.en
  const bars = udi ? `${symbol(draw(carried(udi)), printed(udi))}<small>${plain(printed(udi))}</small>` : ''
  const lot = serial ? `${number} / ${serial}` : number
  const words = noticeWords[content.language]
  const amount = quantityIn(content.language, quantity, unit)
  const cell = (name: string, text: string) => `<td data-name="${name}">${text}</td>`
  return `<tr><td><strong>${plain(shown)}</strong><small>${plain(code)}</small></td><td>${bars}</td>${cell(words.lot, plain(lot))}${expires ? cell(words.expires, expires) : '<td></td>'}${cell(quantityName(content), amount)}</tr>`
}

const quantityName = ({ language, role }: NoticeContent) =>
  role === 'customer' ? noticeWords[language].quantity : noticeWords[language].delivered

function formOf({ role, goods, language }: NoticeContent, words: Words, kept: Kept | undefined): string {
  const said = kept
    ? `<p>${plain(words.answered.replace('{answeredBy}', kept.answeredBy).replace('{answeredAt}', kept.answeredAt.slice(0, 16).replace('T', ' ')))}</p>`
    : ''
  if (kept?.complete) return `<div class="thanks">${said}<p>${words.final}</p></div>`
  const lines = new Map(kept?.lines.map((line) => [line.lotId, line]))
  const { witness, ...counts } = words.fields
  const lotFields = (one: Goods) => {
    const line = lines.get(one.lotId)
    const inputs = Object.entries(counts).map(
      ([field, label]) =>
        `<label>${label} <input type="number" inputmode="decimal" name="${field}" min="0" max="${one.quantity}" step="${one.unit === 'each' ? 1 : 'any'}" value="${line?.[field as keyof typeof counts] ?? ''}"></label>`,
    )
    const legend = plain([one.number, one.serial].filter(Boolean).join(' / '))
    return `<fieldset data-lot="${one.lotId}"><legend>${legend}: ${quantityIn(language, one.quantity, one.unit)}</legend><div class="counts">${inputs.join('')}</div><label>${witness} <input name="witness" maxlength="200" value="${plain(line?.witness ?? '')}"></label><label>${words.photo} <input type="file" accept="image/*" multiple></label><output data-kept="${words.photoKept}"></output></fieldset>`
  }
  const customer = role === 'customer'
  return `${said}<form id="answer" data-thanks="${plain(words.thanks)}" data-more="${plain(words.more)}" data-final="${plain(words.final)}" data-lost="${plain(words.lost)}">
<label>${words.answeredBy} <input name="answeredBy" required maxlength="200"></label>
<label class="tick"><input type="checkbox" name="affected"${kept?.affected === false ? '' : ' checked'}> ${words.affected}</label>
${customer ? goods.map(lotFields).join('\n') : ''}
${customer ? `<label>${words.recipients}<textarea name="recipients" rows="3"></textarea></label>` : ''}
<label>${words.note}<textarea name="note" rows="2" maxlength="2000"></textarea></label>
<label class="tick"><input type="checkbox" name="complete"> ${words.complete}</label>
<button>${words.send}</button> <span id="said" role="status"></span></form>`
}

/** The notice as a page in the party's language, with a form for its answer; `draw` makes the bar codes. */
export function noticePage(content: NoticeContent, kept: Kept | undefined, draw: (text: string) => Symbol2d): string {
  const words: Words = noticeWords[content.language]
  const { title, role } = content
  const mark = content.drill
    ? `<span class="urgent drill">${words.drill}</span>`
    : content.urgent
      ? `<span class="urgent">${words.urgent}</span>`
      : ''
  return `<!doctype html><html lang="${content.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${plain(title)}</title><style>${style}</style></head><body>
${mark}<h1>${words.heading}</h1><p><strong>${plain(title)}</strong></p>${content.update ? `<p><strong>${words.update}</strong></p>` : ''}
<table>${headOf(content)
    .map(([name, value]) => `<tr><th>${name}</th><td>${plain(value)}</td></tr>`)
    .join('')}</table>
<h2>${words.devices}</h2><table class="goods"><tr><th>${words.product}</th><th>${words.udi}</th><th>${words.lot}</th><th>${words.expires}</th><th>${quantityName(content)}</th></tr>
${content.goods.map((one) => rowOf(content, one, draw)).join('\n')}</table>
<h2>${words.reason}</h2><p>${plain(content.reason)}</p>${content.harm ? `<p>${words.hazard}: ${plain(content.harm)}</p>` : ''}
<h2>${words.action}</h2><ol>${words.steps[role].map((step) => `<li>${step}</li>`).join('')}</ol>
<p><button type="button" id="pdf">PDF</button></p>
<h2>${words.answer}</h2>${formOf(content, words, kept)}</body></html>`
}

/** Sends the form as JSON to the same link, and says what came of it in the reader's language. */
export const answerScript = `
document.getElementById('pdf').addEventListener('click', async () => {
  const response = await fetch(location.pathname.replace(/\\/$/, '') + '/pdf', { headers: { accept: 'application/pdf' } })
  if (!response.ok) return alert((await response.json()).detail)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = document.title + '.pdf'
  link.click()
})
const form = document.getElementById('answer')
const post = (what, body) => fetch(location.pathname.replace(/\\/$/, '') + what, {
  method: 'POST', body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'accept-language': document.documentElement.lang },
})
const small = async (file) => {
  const image = await createImageBitmap(file)
  const scale = Math.min(1, 1600 / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = image.width * scale
  canvas.height = image.height * scale
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL('image/jpeg', 0.85).replace(/^[^,]*,/, '')
}
form?.addEventListener('change', async ({ target }) => {
  if (target.type !== 'file') return
  const set = target.closest('[data-lot]')
  const told = set.querySelector('output')
  for (const file of target.files) {
    let text = file.name
    try {
      const response = await post('/photos', { lotId: set.dataset.lot, data: await small(file) })
      text += response.ok ? ': ' + told.dataset.kept : ': ' + (await response.json()).detail
    } catch (error) {
      text += ': ' + error.message
    }
    told.append(text, document.createElement('br'))
  }
  target.value = ''
})
form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const said = document.getElementById('said')
  const text = (name) => form.elements[name]?.value.trim() ?? ''
  const lines = [...form.querySelectorAll('[data-lot]')].flatMap((set) => {
    const counts = [...set.querySelectorAll('input[type=number]')].filter((one) => one.value !== '')
    const witness = set.querySelector('[name=witness]').value.trim()
    if (counts.length === 0) return []
    const numbers = Object.fromEntries(counts.map((one) => [one.name, Number(one.value)]))
    return [{ lotId: set.dataset.lot, ...numbers, ...(witness ? { witness } : {}) }]
  })
  const recipients = text('recipients').split('\\n').map((line) => line.split(/[,，;；]/).map((part) => part.trim()))
    .filter(([name]) => name).map(([name, email]) => ({ name, ...(email ? { email } : {}) }))
  const note = text('note')
  const body = { answeredBy: text('answeredBy'), affected: form.elements.affected.checked, complete: form.elements.complete.checked,
    lines, recipients, ...(note ? { note } : {}) }
  const button = form.querySelector('button')
  button.disabled = true
  try {
    const response = await post('/answers', body)
    const answer = await response.json()
    if (response.ok) return thank(body.complete)
    said.textContent = [answer.detail, ...(answer.errors ?? []).map(({ field, rule }) => field + ': ' + rule)].join(' ')
  } catch {
    said.textContent = form.dataset.lost
  }
  said.className = 'no'
  button.disabled = false
})
const thank = (isFinal) => {
  const thanks = document.createElement('div')
  thanks.className = 'thanks'
  thanks.setAttribute('role', 'status')
  for (const text of [form.dataset.thanks, isFinal ? form.dataset.final : form.dataset.more])
    thanks.append(Object.assign(document.createElement('p'), { textContent: text }))
  form.replaceWith(thanks)
  thanks.scrollIntoView({ block: 'center' })
}
`
