import type { MetricRoute } from './config.ts'

/** A value that a source told. */
export interface Value {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly value: number | string
}

/** Leaves out values near the last one that was passed on, but never for longer than the metric allows. */
export class Deadband {
  private readonly width: number
  private readonly silenceMs: number
  private last: Value | undefined

  constructor({ deadband, atLeastEverySeconds }: Pick<MetricRoute, 'deadband' | 'atLeastEverySeconds'>) {
    this.width = deadband
    this.silenceMs = atLeastEverySeconds * 1000
  }

  /** Whether a value is to be passed on. */
  passes(value: Value): boolean {
    if (this.last && !this.tells(value, this.last)) return false
    // What comes late is told, and does not move the band back.
    if (!this.last || value.at >= this.last.at) this.last = value
    return true
  }

  private tells({ at, value }: Value, last: Value): boolean {
    if (at < last.at || at - last.at >= this.silenceMs) return true
    if (typeof value !== 'number' || typeof last.value !== 'number') return value !== last.value
    return this.width === 0 ? value !== last.value : Math.abs(value - last.value) >= this.width
  }
}
