import { readFileSync } from 'node:fs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as z from 'zod'

/** What a deployment may choose; the context of cdk.json, each overridable by `cdk deploy -c name=value`. */
const Settings = z.object({
  /** Begins every physical name, so that two deployments can share an account. */
  name: z.string().regex(/^[a-z][a-z0-9-]{1,15}$/, 'must be 2 to 16 of a-z, 0-9 and -'),
  stageName: z.string().regex(/^\w+$/),
  /** Region that holds all data (residency); empty takes the region of the credentials. */
  region: z.string(),
  /** Regions in which a deployment is allowed at all; empty allows each. */
  allowedRegions: z.array(z.string()),
  /** Keeps the time series: only accounts that had Timestream for LiveAnalytics before 2025-06-20 can create it. */
  telemetryStore: z.enum(['timestream', 'dynamodb']),
  /** Address that notifies customers and suppliers; Amazon SES must have verified it. */
  senderAddress: z.email(),
  /** Address under which others reach the API, without a slash at its end: your own domain, mapped to the stage. */
  publicUrl: z.url({ protocol: /^https$/ }).regex(/[^/]$/, 'must not end in a slash'),
  /** Requests a second, and how many may come at once, for each route that a signed link opens. */
  linkThrottleRate: z.coerce.number().int().positive(),
  linkThrottleBurst: z.coerce.number().int().positive(),
  /** When the continuous drill runs on some shipped lot, as EventBridge Scheduler writes it in UTC; empty for never. */
  drillSchedule: z.union([z.literal(''), z.string().regex(/^(cron|rate)\(.+\)$/, 'must be cron(...) or rate(...)')]),
  /** Address that gets the alarms; empty subscribes nobody. */
  alarmAddress: z.union([z.literal(''), z.email()]),
  /** Requests a second, and how many may come at once, for each method of the API. */
  throttleRate: z.coerce.number().int().positive(),
  throttleBurst: z.coerce.number().int().positive(),
  logRetentionDays: z.coerce
    .number()
    .refine(
      (days) => days in RetentionDays,
      'must be a number of days that CloudWatch offers: 30, 90, 365, 1827, 3653 ...',
    ),
  /** Days for which facts can be replayed from the bus's archive; the table keeps them for ever. */
  archiveDays: z.coerce.number().int().positive(),
  /** Days for which telemetry is kept, and hours of it in Timestream's fast store. */
  telemetryMemoryHours: z.coerce.number().int().positive(),
  telemetryDays: z.coerce.number().int().positive(),
  /** Whether users must, may or cannot sign in with a one-time code as well. */
  mfa: z.enum(['required', 'optional']),
  /** A web application firewall before the API, billed by the hour. */
  firewall: z.stringbool().or(z.boolean()),
  /** Takes over the account's IoT logging, of which each region has only one. */
  iotLogging: z.stringbool().or(z.boolean()),
})

export type Settings = z.infer<typeof Settings>

/** The adapters that this deployment bundles where a port has several. */
export const adaptersOf = ({ telemetryStore }: Settings) => ({ series: `series-${telemetryStore}` })

/** The context of cdk.json, which the CLI passes by itself and a plain `node bin/app.ts` does not. */
export const contextOf = (root: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`${root}/cdk.json`, 'utf8')).context

/** Checks the context; says which value is wrong, and in which file it stands. */
export function settingsOf(context: (name: string) => unknown): Settings {
  const values = Object.fromEntries(Object.keys(Settings.shape).map((name) => [name, context(name)]))
  const parsed = Settings.safeParse(values)
  if (!parsed.success)
    throw new Error(`The context of cdk.json (or -c on the command line) is wrong:\n${z.prettifyError(parsed.error)}`)
  const { region, allowedRegions } = parsed.data
  if (allowedRegions.length > 0 && !allowedRegions.includes(region))
    throw new Error(`region "${region}" is not one of allowedRegions (${allowedRegions.join(', ')}): see cdk.json`)
  return parsed.data
}
