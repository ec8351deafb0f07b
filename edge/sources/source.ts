import type { MetricRoute } from '../config.ts'

/** A metric of a device that a source feeds. */
export interface Route extends MetricRoute {
  readonly deviceId: string
}

/** A value that a source read for a route. */
export interface Sighting {
  readonly route: Route
  /** Milliseconds since 1970, by the clock of the source. */
  readonly at: number
  readonly value: number | string
}

/** Takes what a source saw; resolves when it would survive a crash. */
export type Take = (sightings: readonly Sighting[]) => Promise<void>

export type Log = (event: string, more?: Readonly<Record<string, unknown>>) => void

/** A connection that keeps itself up until it is closed. */
export interface Running {
  close(): Promise<void>
}
