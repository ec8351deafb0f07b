import { mkdirSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Log files of one folder, written a few times a second: a write for each line would cost more than what it tells of. */
export class LogFiles {
  private readonly folder: string
  private readonly pending = new Map<string, string>()
  private readonly timer: NodeJS.Timeout

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.timer = setInterval(() => void this.flush(), 250).unref()
  }

  append(name: string, text: string): void {
    this.pending.set(name, (this.pending.get(name) ?? '') + text)
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.flush()
  }

  private async flush(): Promise<void> {
    const texts = [...this.pending]
    this.pending.clear()
    await Promise.all(texts.map(([name, text]) => appendFile(join(this.folder, `${name}.log`), text)))
  }
}
