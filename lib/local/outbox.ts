import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud } from './cloud.ts'
import { LineFile } from './line-file.ts'
import { escapeHtml, sendHtml, sendJson } from './local-page.ts'

/** A message that would have left for a person. */
export interface OutgoingMail {
  readonly kind: 'email' | 'sms'
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  /** Configuration set of SES. */
  readonly configuration?: string
}

export type StoredMail = OutgoingMail & { readonly id: string; readonly at: string }

/** A file of messages instead of a mail server, with a page that shows them. */
export class Outbox {
  private readonly path: string
  private readonly file: LineFile

  constructor(cloud: Cloud) {
    const folder = join(cloud.data, 'outbox')
    mkdirSync(folder, { recursive: true })
    this.path = join(folder, 'messages.jsonl')
    this.file = new LineFile(this.path)
    cloud.page('/_local/outbox', (request, response) => {
      const id = /^\/_local\/outbox\/([\w-]+)/.exec(request.url ?? '')?.[1]
      const mail = id ? this.all().find((each) => each.id === id) : undefined
      sendHtml(response, mail ? mailPage(mail) : listPage(this.all()))
    })
    cloud.page('/_local/outbox.json', (_, response) => sendJson(response, 200, this.all()))
  }

  /** Keeps messages; resolves when they are on disk. */
  async keep(mails: readonly OutgoingMail[]): Promise<StoredMail[]> {
    const at = new Date().toISOString()
    const stored = mails.map((mail): StoredMail => ({ id: randomUUID(), at, ...mail }))
    await this.file.append(stored.map((mail) => JSON.stringify(mail)))
    return stored
  }

  /** Messages that were kept since then, milliseconds since 1970. */
  since(time: number): StoredMail[] {
    const from = new Date(time).toISOString()
    return this.all().filter(({ at }) => at >= from)
  }

  close(): Promise<void> {
    return this.file.close()
  }

  private all(): StoredMail[] {
    const text = readFileSync(this.path, 'utf8')
    // A line that is being written is not there yet.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }
}

const STYLE = `<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2733 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #dde3ea; vertical-align: top }
pre { white-space: pre-wrap; background: #f4f6f8; padding: 1rem } a { color: #0b5cad } iframe { width: 100%; height: 30rem; border: 1px solid #dde3ea }
</style>`

function listPage(mails: readonly StoredMail[]): string {
  const rows = mails
    .toReversed()
    .map(
      (mail) =>
        `<tr><td>${escapeHtml(mail.at.replace('T', ' ').slice(0, 19))}</td><td>${mail.kind}</td><td>${escapeHtml(mail.to.join(', '))}</td>` +
        `<td><a href="/_local/outbox/${mail.id}">${escapeHtml(mail.subject || mail.text.slice(0, 80) || '(empty)')}</a></td></tr>`,
    )
  return `<!doctype html><html lang="en"><title>Outbox</title>${STYLE}<h1>Outbox</h1>
<p>${mails.length} messages. Nothing here has left this machine. <a href="/_local/outbox.json">JSON</a></p>
<table><tr><th>Sent (UTC)</th><th>Kind</th><th>To</th><th>Subject</th></tr>${rows.join('\n')}</table></html>`
}

function mailPage(mail: StoredMail): string {
  const fields = { From: mail.from, To: mail.to.join(', '), Sent: mail.at, ...mail.headers, ...mail.tags }
  const rows = Object.entries(fields).map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  )
  // The sandbox keeps a mail's markup from running scripts on this page.
  const html = mail.html ? `<h2>HTML</h2><iframe sandbox srcdoc="${escapeHtml(mail.html)}"></iframe>` : ''
  return `<!doctype html><html lang="en"><title>${escapeHtml(mail.subject)}</title>${STYLE}<p><a href="/_local/outbox">Outbox</a></p>
<h1>${escapeHtml(mail.subject || '(no subject)')}</h1><table>${rows.join('\n')}</table><pre>${escapeHtml(mail.text)}</pre>${html}</html>`
}
