import type { Block, Cell, Sheet } from '#kit'

/** Text that can be no markup. */
const plain = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll('\n', '<br>')

const style = `body{font:15px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:64rem;padding:1.5rem;color:#1c2733}
h1{margin:.2em 0 .6em}h2{margin:1.6em 0 .4em;border-bottom:2px solid #1c2733}h3{margin:1em 0 .3em;font-size:1rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #dde3ea;overflow-wrap:anywhere}
.mark{display:inline-block;background:#0b5cad;color:#fff;font-weight:700;font-size:1.4rem;padding:.1em .6em}.mark.urgent{background:#b3141b}
.missing{color:#b3141b}button{font:inherit;padding:.3rem 1rem}@media print{button{display:none}}`

const cellOf = ({ text, missing }: Cell) => `<td${missing ? ' class="missing"' : ''}>${plain(text)}</td>`

function markupOf(block: Block): string {
  switch (block.kind) {
    case 'mark':
      return `<span class="mark${block.urgent ? ' urgent' : ''}">${plain(block.text)}</span>`
    case 'title':
      return `<h1>${plain(block.text)}</h1>`
    case 'heading':
      return `<h2>${plain(block.text)}</h2>`
    case 'subheading':
      return `<h3>${plain(block.text)}</h3>`
    case 'text':
      return `<p>${plain(block.text)}</p>`
    case 'steps':
      return `<ol>${block.items.map((item) => `<li>${plain(item)}</li>`).join('')}</ol>`
    case 'table': {
      const columns = block.widths.map((share) => `<col style="width:${(share * 100).toFixed(1)}%">`).join('')
      const head = block.head.map((text) => `<th>${plain(text)}</th>`).join('')
      const rows = block.rows.map((cells) => `<tr>${cells.map(cellOf).join('')}</tr>`).join('\n')
      return `<table><colgroup>${columns}</colgroup>${head ? `<tr>${head}</tr>` : ''}${rows}</table>`
    }
  }
}

/** A document as a page: the same blocks as on paper. */
export const sheetPage = ({ title, language, blocks }: Sheet): string =>
  `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${plain(title)}</title><style>${style}</style></head><body>
${blocks.map(markupOf).join('\n')}
<p><button id="print">${language === 'zh' ? '打印' : 'Print'}</button></p></body></html>`

/** The only script of the page. */
export const printScript = `document.getElementById('print').addEventListener('click', () => print())`
