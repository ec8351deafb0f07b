import type { Counts } from '../lib/local/tally.ts'

/** What the local cloud on this port counted since its start. */
export async function talliesOf(port: number): Promise<Counts> {
  return (await (await fetch(`http://127.0.0.1:${port}/_local/counts`)).json()) as Counts
}

/** What was done for a thousand of something, where it was done at least once for each thousand. */
export function perThousand(before: Counts, after: Counts, times: number): Counts {
  const done = Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)] as const)
  const often = done.filter(([, count]) => count * 1000 > times)
  return Object.fromEntries(often.map(([what, count]) => [what, Math.round((count * 1000) / times)]))
}
