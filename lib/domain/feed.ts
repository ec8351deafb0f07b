import { shadowRule, shadowSql } from './device-twin.ts'
import { telemetryRule, telemetrySql } from './telemetry.ts'

/** One way of messages into the product: an IoT topic rule, and a queue that a reaction drains. */
export interface Feed {
  readonly rule: string
  /** Statement of the rule, SQL version 2016-03-23. */
  readonly sql: string
  /** What comes this way, for people who read an alarm. */
  readonly what: string
  /** What is late while messages wait. */
  readonly late: string
}

/** Every feed, by the name of its queue. */
export const feeds: Readonly<Record<string, Feed>> = {
  telemetry: {
    ...{ rule: telemetryRule, sql: telemetrySql },
    what: 'Telemetry',
    late: 'exposures are noticed late',
  },
  shadows: {
    ...{ rule: shadowRule, sql: shadowSql },
    what: 'Shadow updates',
    late: 'answers to commands and firmware of devices are noticed late',
  },
}
