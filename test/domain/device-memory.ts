import {
  DeviceReported,
  DeviceStatus,
  type DeviceStatusState,
  judgeAgain,
  judgedAgainFrom,
  report,
} from '../../lib/domain/device-status.ts'
import { Exposure, type ExposureState } from '../../lib/domain/exposure.ts'
import { type Arrival, type Reading, telemetryOf } from '../../lib/domain/telemetry.ts'

/** One device with its series, as table and store would keep them; what is to be judged again waits until asked. */
export class DeviceInMemory {
  readonly id: string
  status: DeviceStatusState
  readonly exposures = new Map<string, ExposureState>()
  readonly series = new Map<string, Record<string, number | string>>()
  readonly refused: string[] = []
  /** Types of the facts so far. */
  readonly facts: string[] = []
  readonly late: { deviceStatusId: string; from: string }[] = []
  private count = 0

  constructor(id: string, status: DeviceStatusState) {
    this.id = id
    this.status = status
  }

  readonly silences: object[] = []

  receive(arrival: Arrival): void {
    const message = telemetryOf(arrival, { ...this.status.dictionary, aliases: this.status.aliases })
    if ('refusal' in message) {
      this.refused.push(message.refusal)
      return
    }
    for (const { at, values } of message.readings) this.series.set(at, { ...values, ...this.series.get(at) })
    const open = this.status.open.map((id) => this.exposures.get(id)!)
    this.happen(report({ ...this.status, id: this.id }, open, [message], (of) => of.sample(++this.count)))
  }

  /** Judges again as the reaction does: from the series, with what is recorded when all of it was read. */
  judgeLate(meanwhile = () => {}): void {
    const input = this.late.shift()
    if (!input) return
    const from = judgedAgainFrom(this.status, input.from)
    const first = Object.values(from).sort()[0]!
    const readings = [...this.series].filter(([at]) => at >= first).map(([at, values]): Reading => ({ at, values }))
    const again = { from, readings, harmless: this.status.harmless }
    meanwhile()
    const recent = this.status.recent.map(({ id }) => this.exposures.get(id)!)
    const newId = () => Exposure.sample(++this.count)
    try {
      this.happen(judgeAgain({ ...this.status, id: this.id }, recent, input, again, newId))
    } catch (error) {
      // A fault: the fact is given out again.
      if (!/the next attempt sees both/.test(String(error))) throw error
      this.late.push(input)
    }
  }

  /** Everything that is waiting, also what comes of it. */
  settle(): void {
    while (this.late.length > 0) this.judgeLate()
  }

  private happen(facts: ReturnType<typeof report>): void {
    for (const fact of facts) {
      this.facts.push(fact.type)
      if (fact.type === 'ReadingsCameLate') this.late.push(fact.data)
      else if (fact.type === 'DeviceReported')
        this.status = DeviceStatus.schema.parse(DeviceReported.apply({ ...this.status, id: this.id }, fact.data))
      else if (fact.type === 'SilenceEnded') this.silences.push(fact.data)
      else {
        const id = fact.data.exposureId
        const { id: _, ...before } = this.exposures.get(id) ?? { id }
        const state = fact.of.apply(this.exposures.has(id) ? { ...before, id } : undefined, fact.data)
        this.exposures.set(id, { ...Exposure.schema.parse(state), id })
      }
    }
  }

  /** The exposures that stand, without their ids. */
  standing() {
    return [...this.exposures.values()]
      .filter(({ withdrawn }) => !withdrawn)
      .map(({ id: _, ...exposure }) => exposure)
      .sort((a, b) => (`${a.metric}${a.start}` < `${b.metric}${b.start}` ? -1 : 1))
  }

  /** All that must not depend on the order in which messages came. */
  outcome() {
    const { latest, lastSeenAt, bootId, sequence, open } = this.status
    return {
      ...{ latest, lastSeenAt, bootId, sequence, open: open.length, exposures: this.standing() },
      series: [...this.series].sort(([a], [b]) => (a < b ? -1 : 1)),
    }
  }
}
