import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cloud } from './cloud.ts'
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

/** A folder of messages instead of a mail server, with a page that shows them. */
export class Outbox {
  private readonly folder: string

  constructor(cloud: Cloud) {
    this.folder = join(cloud.data, 'outbox')
    mkdirSync(this.folder, { recursive: true })
    cloud.page('/_local/outbox', (request, response) => {
      const id = /^\/_local\/outbox\/([\w-]+)/.exec(request.url ?? '')?.[1]
      const mail = id ? this.all().find((each) => each.id === id) : undefined
      sendHtml(response, mail ? mailPage(mail) : listPage(this.all()))
    })
    cloud.page('/_local/outbox.json', (_, response) => sendJson(response, 200, this.all()))
  }

  /** Keeps a message; resolves when it is on disk. */
  async keep(mail: OutgoingMail): Promise<StoredMail> {
    const stored: StoredMail = { id: randomUUID(), at: new Date().toISOString(), ...mail }
    // The name sorts by time; a reader sees the whole file or none.
    const path = join(this.folder, `${nameOf(stored.at)}-${stored.id}.json`)
    await writeFile(`${path}.part`, `${JSON.stringify(stored, null, 2)}\n`, { flush: true })
    await rename(`${path}.part`, path)
    return stored
  }

  /** Messages that were kept since then, milliseconds since 1970. */
  since(time: number): StoredMail[] {
    const from = nameOf(new Date(time).toISOString())
    return this.read(this.names().filter((name) => name >= from))
  }

  private all(): StoredMail[] {
    return this.read(this.names())
  }

  private names(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  }

  private read(names: readonly string[]): StoredMail[] {
    return names.map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')))
  }
}

/** Names of messages sort by time. */
const nameOf = (at: string) => at.replace(/[:.]/g, '-')

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
