import type { Metric } from '../../lib/domain/device-kind.ts'
import { isDue, MetricWatch, type Settings } from '../../lib/domain/prediction.ts'
import { chanceOfFailure, type Life, type Weibull, weibullOf } from '../../lib/domain/weibull.ts'
import { alarms, type Hour, type Part, parts } from './machine.ts'
import { type Detector, horizonHours } from './score.ts'

const metrics: Record<keyof typeof alarms, Metric> = {
  vibration: { code: 'vibration', unit: 'mm/s', min: 0, max: 50, alarm: { max: alarms.vibration }, margin: 0 },
  temperature: { code: 'temperature', unit: '°C', min: -40, max: 150, alarm: { max: alarms.temperature }, margin: 0 },
}
const names = Object.keys(metrics) as (keyof typeof alarms)[]

/** Asked this often, in hours: a prediction is no alarm, it may come some hours later. */
const everyHours = 6

/** How each part lives, as the maintenance history of other machines shows it. */
export type Histories = ReadonlyMap<Part, Weibull>

/** Lives of parts from the machines of a maintenance history. */
export function historiesOf(runs: readonly (readonly Hour[])[]): Histories {
  const lives = new Map<Part, Life[]>(parts.map((part) => [part, []]))
  const end = (hour: Hour, part: Part, failed: boolean) => lives.get(part)!.push({ hours: hour.ages[part], failed })
  for (const run of runs) {
    for (const hour of run) {
      if (hour.failed) end(hour, hour.failed, true)
      if (hour.spared !== undefined) for (const part of parts) end(hour, part, false)
    }
    for (const part of parts) if (run.at(-1)!.ages[part] > 0) end(run.at(-1)!, part, false)
  }
  const fitted = parts.map((part) => [part, weibullOf(lives.get(part)!)] as const)
  return new Map(fitted.filter((one): one is [Part, Weibull] => one[1] !== undefined))
}

/** The product's: each metric watched since the last maintenance. Can also alert by the age of parts alone. */
export class Prediction implements Detector {
  private readonly settings: Settings
  private readonly ages: { readonly histories: Histories; readonly chance: number } | undefined
  private watches: MetricWatch[]

  /** `ages`: alert where a part of its age fails within the horizon with this chance. */
  constructor(settings: Settings, ages?: { readonly histories: Histories; readonly chance: number }) {
    this.settings = settings
    this.ages = ages
    this.watches = this.fresh()
  }

  private fresh = () => names.map((name) => new MetricWatch(metrics[name], this.settings))

  take({ hour, reading, ages, failed, spared }: Hour): boolean {
    if (failed || spared !== undefined) {
      this.watches = this.fresh()
      return false
    }
    if (reading)
      for (const [index, name] of names.entries())
        this.watches[index]!.take({ hour, value: reading[name], driver: reading.load })
    if (hour % everyHours !== 0) return false
    const isWorn = this.watches.some((watch) => {
      const finding = watch.finding(hour)
      const others = this.watches.filter((other) => other !== watch)
      return finding && isDue(finding, others, this.settings)
    })
    if (isWorn) return true
    return this.ages !== undefined && this.isOld(ages, this.ages)
  }

  private isOld(ages: Hour['ages'], { histories, chance }: NonNullable<Prediction['ages']>): boolean {
    return [...histories].some(([part, lives]) => chanceOfFailure(lives, ages[part], horizonHours).chance >= chance)
  }
}

/** Limits of a fixed-threshold detector. */
export interface Fixed {
  readonly vibration: number
  readonly temperature: number
  /** So many hours in a row beyond a limit. */
  readonly hours: number
  /** Hours of use at which a seal is replaced whatever it shows. */
  readonly sealHours: number
}

/** What the product is compared with: the same metrics and ages against limits that are the same for all machines. */
export class FixedThreshold implements Detector {
  private readonly limits: Fixed
  private beyond = { vibration: 0, temperature: 0 }

  constructor(limits: Fixed) {
    this.limits = limits
  }

  take({ reading, ages, failed, spared }: Hour): boolean {
    if (failed || spared !== undefined) {
      this.beyond = { vibration: 0, temperature: 0 }
      return false
    }
    if (reading)
      for (const name of names) this.beyond[name] = reading[name] >= this.limits[name] ? this.beyond[name] + 1 : 0
    return names.some((name) => this.beyond[name] >= this.limits.hours) || ages.seal >= this.limits.sealHours
  }
}
