import type { Metric } from '../../lib/domain/device-kind.ts'
import { isDue, MetricWatch, type Settings } from '../../lib/domain/prediction.ts'
import { isWornOut } from '../../lib/domain/wear.ts'
import { chanceOfFailure, type Life, type Weibull, weibullOf } from '../../lib/domain/weibull.ts'
import { alarms, type Hour, type Part, parts } from './machine.ts'
import { type Detector, horizonHours } from './score.ts'

const metrics: Record<keyof typeof alarms, Metric> = {
  vibration: { code: 'vibration', unit: 'mm/s', min: 0, max: 50, alarm: { max: alarms.vibration }, margin: 0 },
  temperature: { code: 'temperature', unit: '°C', min: -40, max: 150, alarm: { max: alarms.temperature }, margin: 0 },
}
const names = Object.keys(metrics) as (keyof typeof alarms)[]

/** As the product looks: once a day, and every hour of this day and the next where a metric left what is usual. */
const [everyHours, suspectHours] = [24, 48]

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

/** The product's: each metric watched since the last maintenance, and the age of each part by the lives of its kind. */
export class Prediction implements Detector {
  private readonly settings: Settings
  private readonly histories: Histories
  private readonly chance: number | undefined
  private watches: MetricWatch[]
  private suspectUntil = 0

  /** `chance`: alert by age from this chance of a failure within the horizon on, instead of the product's. */
  constructor(settings: Settings, histories: Histories = new Map(), chance?: number) {
    this.settings = settings
    this.histories = histories
    this.chance = chance
    this.watches = this.fresh()
  }

  private fresh = () => names.map((name) => new MetricWatch(metrics[name], this.settings))

  take({ hour, reading, ages, failed, spared }: Hour): boolean {
    if (failed || spared !== undefined) {
      this.watches = this.fresh()
      this.suspectUntil = 0
      return false
    }
    if (reading)
      for (const [index, name] of names.entries())
        this.watches[index]!.take({ hour, value: reading[name], driver: reading.load })
    if (hour % everyHours !== 0 && hour >= this.suspectUntil) return false
    const findings = this.watches.map((watch) => watch.finding(hour))
    if (findings.some((finding) => finding?.limit !== undefined))
      this.suspectUntil = hour - (hour % everyHours) + suspectHours
    const isWorn = findings.some((finding, index) => {
      const others = this.watches.filter((_, other) => other !== index)
      return finding && isDue(finding, others, this.settings)
    })
    return isWorn || this.isOld(ages)
  }

  private isOld(ages: Hour['ages']): boolean {
    return [...this.histories].some(([part, lives]) => {
      const chance = chanceOfFailure(lives, ages[part], horizonHours)
      return this.chance === undefined ? isWornOut({ chance }) : chance.chance >= this.chance
    })
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
