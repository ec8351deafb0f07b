import { eventRule } from './device-event.ts'
import { messageSql } from './device-message.ts'
import { shadowRule, shadowSql } from './device-twin.ts'
import { mesRule } from './mes-event.ts'
import { scanRule } from './scan.ts'
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
  events: {
    ...{ rule: eventRule, sql: messageSql },
    what: 'Device events',
    late: 'alarms and faults of devices are noticed late',
  },
  scans: {
    ...{ rule: scanRule, sql: messageSql },
    what: 'Scans',
    late: 'stock is not where our records say',
  },
  mes: {
    ...{ rule: mesRule, sql: messageSql },
    what: 'MES events',
    late: 'orders lack what was issued and made',
  },
  shadows: {
    ...{ rule: shadowRule, sql: shadowSql },
    what: 'Shadow updates',
    late: 'answers to commands and firmware of devices are noticed late',
  },
}
