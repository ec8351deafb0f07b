import { Luck } from './luck.ts'

/** What a machine told in one hour; absent where it was off or the message got lost. */
export interface Reading {
  readonly vibration: number
  readonly temperature: number
  readonly load: number
}

export const parts = ['bearing', 'cooling', 'seal', 'electronics'] as const
export type Part = (typeof parts)[number]

/** Parts that show symptoms before they fail; nothing measured tells of the others. */
export const visibleParts = ['bearing', 'cooling'] as const satisfies readonly Part[]

/** One hour of a machine, with the truth that no detector sees. */
export interface Hour {
  readonly hour: number
  readonly reading: Reading | undefined
  /** Hours of use of each part since it was new. */
  readonly ages: Readonly<Record<Part, number>>
  readonly failed?: Part | undefined
  /** Set where a plan renewed every part: hours of use after which the first of them would have failed. */
  readonly spared?: number | undefined
}

/** Life in hours of use: Weibull shape and scale; and how many of its last hours it shows symptoms, from least to most. */
const kinds: Record<Part, { shape: number; scale: number; symptoms: readonly [number, number] }> = {
  bearing: { shape: 2.5, scale: 14_000, symptoms: [150, 700] },
  cooling: { shape: 2, scale: 18_000, symptoms: [200, 1000] },
  seal: { shape: 4, scale: 12_000, symptoms: [0, 0] },
  electronics: { shape: 1, scale: 80_000, symptoms: [0, 0] },
}

interface Installed {
  age: number
  readonly life: number
  readonly symptomHours: number
  /** How strong its symptoms are at the end. */
  readonly strength: number
}

/** Alarm limits as a maker of such machines states them: vibration by ISO 10816, temperature by its insulation. */
export const alarms = { vibration: 7.1, temperature: 85 } as const

/**
 * A machine that runs to failure, hour by hour. Symptoms grow towards the end of a life: a bearing's vibration faster and
 * faster and with some heat, a clogged cooling's temperature nearly evenly; a seal wears out without a sign, electronics
 * fail by chance. What misleads: machines differ, load and season move both metrics, noise depends on the hour before,
 * spikes, lost messages, days off, steps that stay, build-ups that go away, plans that renew parts before they fail.
 */
export class Machine {
  private readonly luck: Luck
  private readonly installed: Record<Part, Installed>
  private readonly usualVibration: number
  private readonly usualTemperature: number
  private readonly restsAtWeekends: boolean
  /** Hours of use after which a plan renews all parts; none where the machine runs to failure. */
  private readonly plannedHours: number
  private usedSinceRenewal = 0
  private mounting = 1
  private load = 0.7
  private loadUntil = 0
  private lostUntil = 0
  private noise = { vibration: 0, temperature: 0 }
  private step = 0
  private buildUp: { from: number; until: number; strength: number } | undefined

  constructor(seed: number) {
    const luck = new Luck(seed * 7919)
    this.luck = luck
    this.installed = Object.fromEntries(parts.map((part) => [part, this.fresh(part)])) as Record<Part, Installed>
    // Machines are met in the middle of their lives.
    for (const part of parts) this.installed[part].age = luck.next() * 0.5 * this.installed[part].life
    this.usualVibration = 2 * Math.exp(0.25 * luck.normal())
    this.usualTemperature = 48 + 4 * luck.normal()
    this.restsAtWeekends = luck.happens(1 / 3)
    this.plannedHours = luck.happens(0.4) ? luck.between(5000, 9000) : Number.POSITIVE_INFINITY
  }

  private fresh(part: Part): Installed {
    const { shape, scale, symptoms } = kinds[part]
    const life = this.luck.weibull(shape, scale) + 50
    const symptomHours = Math.min(this.luck.between(symptoms[0], symptoms[1]), life)
    const strength = part === 'bearing' ? this.luck.between(3, 9) : this.luck.between(20, 45)
    return { age: 0, life, symptomHours, strength }
  }

  /** How far a part is through its symptoms, 0 to 1. */
  private progress(part: Part): number {
    const { age, life, symptomHours } = this.installed[part]
    return symptomHours === 0 ? 0 : Math.max(0, 1 - (life - age) / symptomHours)
  }

  next(hour: number): Hour {
    const isOff = this.restsAtWeekends && hour % 168 >= 120
    if (isOff) return { hour, reading: undefined, ages: this.ages() }
    for (const part of parts) this.installed[part].age += 1
    this.usedSinceRenewal += 1
    const reading = this.read(hour)
    const ages = this.ages()
    const failed = parts.find((part) => this.installed[part].age >= this.installed[part].life)
    const isPlanned = failed === undefined && this.usedSinceRenewal >= this.plannedHours
    const spared = isPlanned ? Math.min(...parts.map((part) => this.installed[part].life - ages[part])) : undefined
    if (failed) this.renew([failed])
    if (isPlanned) this.renew(parts)
    return { hour, reading, ages, failed, spared }
  }

  private ages(): Record<Part, number> {
    const { bearing, cooling, seal, electronics } = this.installed
    return { bearing: bearing.age, cooling: cooling.age, seal: seal.age, electronics: electronics.age }
  }

  private renew(these: readonly Part[]) {
    for (const part of these) this.installed[part] = this.fresh(part)
    if (these.length === parts.length) this.usedSinceRenewal = 0
    // A sensor never sits exactly as it sat before.
    this.mounting = 1 + 0.05 * this.luck.normal()
    this.step = 0
    this.buildUp = undefined
  }

  private read(hour: number): Reading | undefined {
    const { luck, noise } = this
    if (hour >= this.loadUntil) {
      this.load = luck.pick([0.4, 0.6, 0.7, 0.8, 1])
      this.loadUntil = hour + luck.between(8, 120)
    }
    noise.vibration = 0.6 * noise.vibration + 0.12 * luck.normal()
    noise.temperature = 0.8 * noise.temperature + 0.7 * luck.normal()
    if (luck.happens(1 / 6000)) this.step += luck.between(0.2, 0.8)
    if (!this.buildUp && luck.happens(1 / 4000))
      this.buildUp = { from: hour, until: hour + luck.between(60, 240), strength: luck.between(0.5, 2) }
    if (this.buildUp && hour >= this.buildUp.until) this.buildUp = undefined
    if (luck.happens(1 / 900)) this.lostUntil = hour + luck.between(6, 96)
    const load = Math.min(Math.max(this.load + 0.03 * luck.normal(), 0.1), 1.1)
    const spike = luck.happens(0.003) ? luck.between(2, 12) : 0
    const isLost = hour < this.lostUntil || luck.happens(0.04)
    const reading = { vibration: this.vibration(hour, load) + spike, temperature: this.temperature(hour, load), load }
    return isLost ? undefined : reading
  }

  private vibration(hour: number, load: number): number {
    const worn = this.progress('bearing')
    const wear = this.installed.bearing.strength * ((Math.exp(4 * worn) - 1) / (Math.exp(4) - 1))
    const { buildUp } = this
    const dirt = buildUp ? (buildUp.strength * (hour - buildUp.from)) / (buildUp.until - buildUp.from) : 0
    const usual = this.usualVibration * (0.55 + 0.64 * load ** 1.2) * this.mounting
    return Math.max(usual + wear * (0.7 + 0.4 * load) + dirt + this.step + this.noise.vibration, 0)
  }

  private temperature(hour: number, load: number): number {
    const season = 4 * Math.sin((2 * Math.PI * hour) / 8766) + 2 * Math.sin((2 * Math.PI * hour) / 24)
    const clogged = this.installed.cooling.strength * this.progress('cooling') ** 1.3
    const friction = 6 * this.progress('bearing') ** 2
    const heat = 14 * (load - 0.7) + (clogged + friction) * (0.6 + 0.55 * load)
    return this.usualTemperature + heat + season + this.noise.temperature
  }
}

/** A machine's hours from the first to the last. */
export function runOf(seed: number, hours: number): Hour[] {
  const machine = new Machine(seed)
  return Array.from({ length: hours }, (_, hour) => machine.next(hour))
}
