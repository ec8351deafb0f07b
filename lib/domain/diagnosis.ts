import type { Metric } from './device-kind.ts'
import type { ExposureState } from './exposure.ts'
import { wordsOf } from './finding-words.ts'
import { findingOf, type Hourly } from './maintenance-proposal.ts'

interface Words {
  readonly en: string
  readonly zh: string
}

/** What a device's data show, in words: exposures that last, and metrics that left what is usual. */
export function diagnosisOf(
  metrics: readonly Metric[],
  open: readonly ExposureState[],
  hourlyOf: ReadonlyMap<string, Hourly>,
): Words[] {
  const unitOf = (code: string) => metrics.find((metric) => metric.code === code)?.unit ?? ''
  const outside = open.map((exposure) => exposureWords(exposure, unitOf(exposure.metric)))
  const changed = metrics.flatMap((metric) => {
    const hourly = hourlyOf.get(metric.code)
    const finding = hourly && findingOf(metric, hourly)
    return finding ? [wordsOf(finding)] : []
  })
  return [...outside, ...changed]
}

/** Says since when a metric is outside which limits, and how far it went. */
export function exposureWords(
  {
    metric,
    start,
    limits: { min, max },
    peak,
    peakAt,
  }: Pick<ExposureState, 'metric' | 'start' | 'limits' | 'peak' | 'peakAt'>,
  unit = '',
): Words {
  const [range, farthest] = [`${min ?? ''}..${max ?? ''} ${unit}`.trim(), `${peak} ${unit}`.trim()]
  return {
    en: `${metric} is outside ${range} since ${start}; its farthest value was ${farthest} at ${peakAt}.`,
    zh: `自 ${start} 起，${metric} 超出 ${range}；最大偏离值为 ${farthest}（${peakAt}）。`,
  }
}
