import { readFileSync } from 'node:fs'
import PDFDocument from 'pdfkit'
import type { Ports } from '#kit/ports'
import type { Block, Cell, Sheet } from '#kit/sheet'

/** Points; A4. */
const margin = 48
const symbolSide = 52
const gap = 6
const colours = { text: '#1c2733', line: '#c6cfd8', urgent: '#b3141b', drill: '#0b5cad' }

type Pdf = InstanceType<typeof PDFDocument>

let font: Buffer | undefined

/** Noto Sans SC (OFL) holds Latin and Chinese; the build lays it beside the bundle, and a document embeds what it uses. */
const fontFile = () => (font ??= readFileSync(new URL('./NotoSansSC.ttf', import.meta.url)))

/** pdfkit draws; this only says where. */
export const paper: Ports['paper'] = {
  async pdf(sheet: Sheet) {
    const doc = new PDFDocument({
      ...{ size: 'A4', margin, bufferPages: true, lang: sheet.language },
      info: { Title: sheet.title },
      // Any buffer is a font, but the types know names only.
      font: fontFile() as unknown as string,
    })
    const done = collect(doc)
    for (const block of sheet.blocks) draw(doc, block)
    numberPages(doc)
    doc.end()
    return done
  },
}

function collect(doc: Pdf): Promise<Buffer> {
  const parts: Buffer[] = []
  return new Promise((resolve, reject) => {
    doc.on('data', (part: Buffer) => parts.push(part))
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
}

function draw(doc: Pdf, block: Block): void {
  doc.fillColor(colours.text)
  if (block.kind === 'mark') mark(doc, block.text, block.urgent ? colours.urgent : colours.drill)
  else if (block.kind === 'table') table(doc, block)
  else if (block.kind === 'heading') heading(doc, block.text)
  else if (block.kind === 'subheading') subheading(doc, block.text)
  else if (block.kind === 'steps') steps(doc, block.items)
  else if (block.kind === 'title') doc.fontSize(20).text(block.text).moveDown(0.3)
  else doc.fontSize(10).text(block.text).moveDown(0.4)
}

const width = (doc: Pdf) => doc.page.width - 2 * margin
const bottom = (doc: Pdf) => doc.page.height - margin - 20

function steps(doc: Pdf, items: readonly string[]): void {
  for (const [index, item] of items.entries())
    doc
      .fontSize(10)
      .text(`${index + 1}. ${item}`)
      .moveDown(0.3)
}

/** A heading stays with what follows it. */
function heading(doc: Pdf, text: string): void {
  if (doc.y > bottom(doc) - 80) doc.addPage()
  doc.moveDown(0.8).fontSize(13).text(text)
  rule(doc, colours.text)
}

function subheading(doc: Pdf, text: string): void {
  if (doc.y > bottom(doc) - 60) doc.addPage()
  doc.moveDown(0.5).fontSize(10).text(text).moveDown(0.2)
  rule(doc, colours.text)
}

function mark(doc: Pdf, text: string, colour: string): void {
  doc.fontSize(15)
  const [across, down] = [doc.widthOfString(text) + 16, doc.heightOfString(text) + 6]
  doc.rect(margin, doc.y, across, down).fill(colour)
  doc.fillColor('#fff').text(text, margin + 8, doc.y + 3)
  doc.x = margin
  doc.moveDown(0.6)
}

function rule(doc: Pdf, colour: string): void {
  doc
    .moveTo(margin, doc.y + 2)
    .lineTo(margin + width(doc), doc.y + 2)
    .lineWidth(0.6)
    .stroke(colour)
  doc.y += gap
}

function table(doc: Pdf, { head, widths, rows }: Extract<Block, { kind: 'table' }>): void {
  const headRow = head.map((text) => ({ text }))
  if (head.length > 0) row(doc, headRow, widths)
  for (const cells of rows) {
    if (doc.y + heightOf(doc, cells, widths) > bottom(doc)) {
      doc.addPage()
      // Whoever reads the second page must know what the columns are.
      if (head.length > 0) row(doc, headRow, widths)
    }
    row(doc, cells, widths)
  }
  doc.x = margin
}

const cellWidth = (doc: Pdf, share: number) => width(doc) * share - gap

function heightOf(doc: Pdf, cells: readonly Cell[], widths: readonly number[]): number {
  doc.fontSize(9)
  const heights = cells.map(
    ({ text, symbol }, index) =>
      doc.heightOfString(text, { width: cellWidth(doc, widths[index]!) }) + (symbol ? symbolSide + gap : 0),
  )
  return Math.max(...heights) + gap
}

function row(doc: Pdf, cells: readonly Cell[], widths: readonly number[]): void {
  const [top, height] = [doc.y, heightOf(doc, cells, widths)]
  let left = margin
  for (const [index, { text, symbol, missing }] of cells.entries()) {
    if (symbol) {
      const scale = symbolSide / (symbol.side + 2)
      doc
        .save()
        .translate(left + scale, top + scale)
        .scale(scale)
        .path(symbol.path)
        .fill('#000', 'even-odd')
        .restore()
    }
    doc.fillColor(missing ? colours.urgent : colours.text).text(text, left, top + (symbol ? symbolSide + gap : 0), {
      width: cellWidth(doc, widths[index]!),
    })
    left += width(doc) * widths[index]!
  }
  doc.x = margin
  doc.y = top + height - gap
  rule(doc, colours.line)
}

function numberPages(doc: Pdf): void {
  const { count } = doc.bufferedPageRange()
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(page)
    // Below the margin pdfkit would begin another page.
    doc.page.margins.bottom = 0
    doc
      .fontSize(8)
      .fillColor(colours.text)
      .text(`${page + 1} / ${count}`, margin, doc.page.height - margin + 10, {
        width: width(doc),
        align: 'right',
      })
  }
}
