import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { fullMessage, type Limits, messageOf, type Reading } from './packing.ts'

/** A value on its way into the store. */
export interface Intake {
  readonly deviceId: string
  readonly code: string
  readonly at: number
  readonly value: number | string
}

/** A message that waits for the cloud. */
export interface Message {
  readonly id: number
  readonly payload: string
}

const schema = `
  CREATE TABLE IF NOT EXISTS reading (
    device TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL, value ANY NOT NULL,
    PRIMARY KEY (device, at, code)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS message_of ON message (device, id);
  CREATE TABLE IF NOT EXISTS lost (device TEXT PRIMARY KEY, messages INTEGER NOT NULL) STRICT;
`

/** Values that come within this time share a write to the disk. */
const commitMs = 20
/** Metrics and texts that a device's dictionary may name. */
const mostCodes = 16

/**
 * Store and forward: a SQLite file that takes values in, packs them into messages and keeps these until the cloud has
 * acknowledged them. What was taken in survives a `kill -9` and a power cut.
 */
export class Store {
  private readonly database: DatabaseSync
  private readonly statements: Record<
    'take' | 'values' | 'forget' | 'add' | 'next' | 'drop' | 'oldest' | 'lose',
    StatementSync
  >
  private readonly mostPages: number
  private readonly limits: Limits
  private readonly resolutionMs: number
  private readonly bootId: string
  private readonly sequences = new Map<string, number>()
  private waiting: { intake: readonly Intake[]; resolve: () => void; reject: (error: unknown) => void }[] = []
  private timer: NodeJS.Timeout | undefined

  constructor(
    folder: string,
    {
      megabytes,
      limits,
      resolutionMs,
      bootId,
    }: { megabytes: number; limits: Limits; resolutionMs: number; bootId: string },
  ) {
    mkdirSync(folder, { recursive: true })
    this.database = new DatabaseSync(join(folder, 'store.sqlite'))
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    this.database.exec(schema)
    const { page_size } = this.database.prepare('PRAGMA page_size').get() as { page_size: number }
    this.mostPages = Math.floor((megabytes * 1024 * 1024) / page_size)
    this.database.exec(`PRAGMA max_page_count = ${this.mostPages}`)
    this.limits = limits
    this.resolutionMs = resolutionMs
    this.bootId = bootId
    const prepare = (sql: string) => this.database.prepare(sql)
    this.statements = {
      take: prepare('INSERT INTO reading VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
      values: prepare('SELECT at, code, value FROM reading WHERE device = ? ORDER BY at LIMIT ?'),
      forget: prepare('DELETE FROM reading WHERE device = ? AND at <= ?'),
      add: prepare('INSERT INTO message (device, payload) VALUES (?, ?)'),
      next: prepare('SELECT id, payload FROM message WHERE device = ? ORDER BY id LIMIT 1'),
      drop: prepare('DELETE FROM message WHERE id = ?'),
      oldest: prepare(
        'DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY id LIMIT 100) RETURNING device',
      ),
      lose: prepare('INSERT INTO lost VALUES (?, 1) ON CONFLICT DO UPDATE SET messages = messages + 1'),
    }
  }

  /** Takes values in; resolves when they would survive a `kill -9`. */
  take(intake: readonly Intake[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ intake, resolve, reject })
      this.timer ??= setTimeout(() => this.commit(), commitMs)
    })
  }

  /** Makes messages of the values of a device where they are enough or have waited long enough; says how many. */
  pack(deviceId: string, now: number): number {
    const begin = this.sequences.get(deviceId) ?? 0
    let sequence = begin
    if (this.nextFor(deviceId, now).length === 0) return 0
    this.write(() => {
      sequence = begin
      for (let next = this.nextFor(deviceId, now); next.length > 0; next = this.nextFor(deviceId, now)) {
        this.statements.add.run(deviceId, messageOf(this.bootId, sequence, next))
        this.statements.forget.run(deviceId, next.at(-1)!.at)
        sequence += 1
      }
    })
    this.sequences.set(deviceId, sequence)
    return sequence - begin
  }

  /** Readings of the next message; none where it is better to wait. */
  private nextFor(deviceId: string, now: number): Reading[] {
    const most = this.limits.readings * mostCodes + 1
    const rows = this.statements.values.all(deviceId, most) as unknown as readonly Row[]
    const readings = readingsOf(rows)
    // The last instant may go on after the rows that were read.
    if (rows.length === most) readings.pop()
    return readings.slice(0, fullMessage(readings, this.limits, now))
  }

  /** The oldest message of a device. */
  next(deviceId: string): Message | undefined {
    return this.statements.next.get(deviceId) as Message | undefined
  }

  /** Forgets a message that the cloud has acknowledged. */
  acknowledged({ id }: Message): void {
    this.statements.drop.run(id)
  }

  /** What waits, and what was lost because the store was full. */
  state(): { readonly messages: number; readonly values: number; readonly lost: number } {
    return this.database
      .prepare(
        `SELECT (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM reading) AS "values",
                (SELECT coalesce(sum(messages), 0) FROM lost) AS lost`,
      )
      .get() as { messages: number; values: number; lost: number }
  }

  close(): void {
    if (this.timer) this.commit()
    this.database.close()
  }

  private commit(): void {
    this.timer = undefined
    const batch = this.waiting
    this.waiting = []
    try {
      this.write(() => {
        for (const { intake } of batch) for (const one of intake) this.takeOne(one)
      })
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  /** A second value of the same metric within the resolution keeps its own time. */
  private takeOne({ deviceId, code, at, value }: Intake): void {
    const rounded = at - (at % this.resolutionMs)
    const { changes } = this.statements.take.run(deviceId, rounded, code, value)
    if (changes === 0 && rounded !== at) this.statements.take.run(deviceId, at, code, value)
  }

  /** One transaction. A full store lets go of the oldest messages, which the cloud would refuse first, and counts them. */
  private write(work: () => void): void {
    for (;;) {
      this.database.exec('BEGIN')
      try {
        work()
        this.database.exec('COMMIT')
        return
      } catch (error) {
        // A full disk has ended the transaction already.
        if (this.database.isTransaction) this.database.exec('ROLLBACK')
        if ((error as { errcode?: number }).errcode !== sqliteFull || !this.loseOldest()) throw error
      }
    }
  }

  private loseOldest(): boolean {
    this.database.exec('PRAGMA max_page_count = 4294967294')
    const lost = this.statements.oldest.all() as { device: string }[]
    for (const { device } of lost) this.statements.lose.run(device)
    this.database.exec(`PRAGMA max_page_count = ${this.mostPages}`)
    return lost.length > 0
  }
}

/** SQLITE_FULL. */
const sqliteFull = 13

interface Row {
  readonly at: number
  readonly code: string
  readonly value: number | string
}

function readingsOf(rows: readonly Row[]): Reading[] {
  const readings: { at: number; values: Record<string, number | string> }[] = []
  for (const { at, code, value } of rows) {
    const last = readings.at(-1)
    if (last?.at === at) last.values[code] = value
    else readings.push({ at, values: { [code]: value } })
  }
  return readings
}
