/** A record as far as it decides about the next one of the same series and time. */
export interface Stored {
  readonly version: number
  /** Its values as one text. */
  readonly says: string
}

/** Records of one series by their time. */
type Records = Map<number, Stored>

/** Twice as many at most. */
const KEPT = 50_000

/**
 * Records that were written last. What is newer than all that were forgotten of its series is here or nowhere, so that
 * the store need not be searched for it: devices report in order, or nearly so.
 */
export class RecentRecords {
  private young = new Map<number, Records>()
  private old = new Map<number, Records>()
  private count = 0
  /** By series: the newest time of all, and of those that are not here. */
  private readonly newest: Map<number, number>
  private readonly forgotten: Map<number, number>

  /** By series, the newest time of what is stored already. */
  constructor(stored: readonly (readonly [series: number, time: number])[]) {
    this.newest = new Map(stored)
    this.forgotten = new Map(stored)
  }

  get(series: number, time: number): Stored | undefined {
    if (time > (this.newest.get(series) ?? -1)) return undefined
    return this.young.get(series)?.get(time) ?? this.old.get(series)?.get(time)
  }

  /** Whether the store may hold a record of this time, where none is here. */
  mayBeForgotten(series: number, time: number): boolean {
    return time <= (this.forgotten.get(series) ?? -1)
  }

  add(series: number, time: number, { version, says }: Stored): void {
    const records: Records = this.young.get(series) ?? new Map()
    this.young.set(series, records.set(time, { version, says }))
    if (time > (this.newest.get(series) ?? -1)) this.newest.set(series, time)
    this.count += 1
    if (this.count === KEPT) this.forget()
  }

  private forget(): void {
    for (const [series, records] of this.old)
      for (const time of records.keys()) if (time > (this.forgotten.get(series) ?? -1)) this.forgotten.set(series, time)
    Object.assign(this, { old: this.young, young: new Map(), count: 0 })
  }
}
