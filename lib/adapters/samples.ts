import type { Sample } from '#kit/ports'

/** Name of a set of measures; samples of one instant with the same set are the same sample. */
export function groupOf(measures: Sample['measures']): string {
  const names = Object.keys(measures)
  return names.length === 1 ? names[0]! : names.sort().join(',')
}

/** One sample an instant, oldest first; a measure found twice keeps its first value. */
export function merged(samples: readonly Sample[]): Sample[] {
  const byInstant = new Map<string, Sample>()
  for (const sample of samples) {
    const { at, measures } = sample
    const known = byInstant.get(at)
    byInstant.set(at, known ? { ...known, measures: { ...measures, ...known.measures } } : sample)
  }
  return [...byInstant.values()].sort((a, b) => (a.at < b.at ? -1 : 1))
}
