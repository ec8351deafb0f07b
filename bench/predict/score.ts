import { type Hour, visibleParts } from './machine.ts'

/** Says after each hour of a machine whether it wants maintenance now; learns of failures and renewals by the hour itself. */
export interface Detector {
  take(hour: Hour): boolean
}

/** An alert says "within this many hours", and a repair takes this many to plan. */
export const [horizonHours, planHours] = [720, 24]

/** What came of the alerts of a detector. */
export interface Score {
  alerts: number
  /** Alerts that a failure followed within the horizon, or would have, had a plan not renewed the part before. */
  right: number
  failures: Record<string, number>
  /** Failures that an alert announced early enough to plan for. */
  announced: Record<string, number>
  /** Hours from the alert to each announced failure. */
  leads: number[]
}

export const noScore = (): Score => ({ alerts: 0, right: 0, failures: {}, announced: {}, leads: [] })

const more = (counts: Record<string, number>, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** Runs a detector along a machine. One alert stands at a time: until the failure, the renewal or the horizon. */
export function judge(score: Score, detector: Detector, hours: readonly Hour[]): Score {
  let since: number | undefined
  for (const hour of hours) {
    const isAlarmed = detector.take(hour)
    if (since !== undefined && hour.hour - since > horizonHours) since = undefined
    if (hour.failed) {
      more(score.failures, hour.failed)
      const lead = since === undefined ? 0 : hour.hour - since
      if (since !== undefined) score.right += 1
      if (lead >= planHours) {
        more(score.announced, hour.failed)
        score.leads.push(lead)
      }
      since = undefined
    } else if (hour.spared !== undefined) {
      if (since !== undefined && hour.hour - since + hour.spared <= horizonHours) score.right += 1
      since = undefined
    } else if (isAlarmed && since === undefined) {
      since = hour.hour
      score.alerts += 1
    }
  }
  // What the end of the run leaves open is neither right nor wrong.
  if (since !== undefined) score.alerts -= 1
  return score
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)
const rounded = (value: number, digits: number) => Number(value.toFixed(digits))

const share = (part: number, whole: number) => rounded(part / Math.max(whole, 1), 3)
const among = (counts: Record<string, number>, names: readonly string[]) =>
  names.reduce((sum, name) => sum + (counts[name] ?? 0), 0)

/** Precision, recall of all failures and of those that announce themselves, and median lead time. */
export function figuresOf({ alerts, right, failures, announced, leads }: Score) {
  const sorted = [...leads].sort((a, b) => a - b)
  return {
    precision: share(right, alerts),
    recall: share(total(announced), total(failures)),
    recallOfVisible: share(among(announced, visibleParts), among(failures, visibleParts)),
    leadHours: rounded(sorted[Math.floor(sorted.length / 2)] ?? 0, 0),
  }
}

/** Harmonic mean of precision and recall: what both sides are tuned for. */
export function f1Of(score: Score): number {
  const { precision, recall } = figuresOf(score)
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
}
