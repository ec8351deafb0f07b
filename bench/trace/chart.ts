import { cpus } from 'node:os'
import type { Row } from './compare.ts'
import type { EngineName } from './engine.ts'

const labels: Record<EngineName, string> = {
  segments: 'lotline, segments in DynamoDB',
  query: 'DynamoDB, one Query for each lot',
  adjacency: 'DynamoDB, packed, BatchGet of 100 lots',
  sqlite: 'SQLite, recursive UNION',
  postgres: 'PostgreSQL, recursive UNION',
  memory: 'search in memory, all loaded before',
}

const width = 960
const left = 310
const right = 270
const top = 78
const pitch = 38

const short = (value: number) => String(value < 10 ? Number(value.toFixed(1)) : Math.round(value))
const duration = (ms: number) => (ms < 1000 ? `${short(ms)} ms` : `${short(ms / 1000)} s`)
const grouped = (value: number) => value.toLocaleString('en-US')

/** The machine and day of a measurement in words. */
export function circumstances(now: Date): string {
  const day = now.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const [cpu] = cpus()
  return `Measured on ${day}, on ${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown processor'}; all engines in one run.`
}

/** A bar for each engine's time on a logarithmic scale, as SVG; what DynamoDB bills stands beside its bars. */
export function chartOf(edges: number, rows: readonly Row[], measured: string): string {
  const ranked = rows.toSorted((a, b) => a.wallMs - b.wallMs)
  const exponents = ranked.map(({ wallMs }) => Math.log10(wallMs))
  const [low, high] = [Math.floor(Math.min(...exponents)), Math.ceil(Math.max(...exponents))]
  const scale = (width - left - right) / Math.max(1, high - low)
  const x = (ms: number) => left + (Math.log10(ms) - low) * scale
  const bottom = top + ranked.length * pitch
  const ticks = Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step))
  const grid = ticks.map(
    (ms) =>
      `<path d="M${x(ms).toFixed(1)} ${top - 6}V${bottom}"/><text class="t" x="${x(ms).toFixed(1)}" y="${bottom + 18}">${duration(ms)}</text>`,
  )
  const bars = ranked.map(({ name, wallMs, calls, readUnits }, place) => {
    const y = top + place * pitch
    const billed = readUnits > 0 ? `, ${grouped(calls)} calls, ${grouped(readUnits)} read units` : ''
    const end = Math.max(x(wallMs), left + 2)
    return `<text class="n" x="${left - 12}" y="${y + 19}">${labels[name]}</text><rect class="${name === 'segments' ? 'ours' : 'other'}" x="${left}" y="${y + 3}" width="${(end - left).toFixed(1)}" height="24" rx="3"/><text class="v" x="${(end + 8).toFixed(1)}" y="${y + 19}">${duration(wallMs)}${billed}</text>`
  })
  const title = `Everything that one lot touches: ${grouped(ranked[0]!.rows)} nodes among ${grouped(edges)} edges`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 62}" font-family="system-ui,sans-serif" role="img"><title>${title}</title><style>.h{font-size:18px;font-weight:600;fill:#111827}.s{font-size:13px;fill:#4b5563}.n{font-size:14px;text-anchor:end;fill:#111827}.v{font-size:13px;fill:#111827}.t{font-size:12px;text-anchor:middle;fill:#4b5563}path{stroke:#d1d5db;fill:none}.ours{fill:#15803d}.other{fill:#94a3b8}</style><rect width="${width}" height="${bottom + 62}" fill="#fff"/><text class="h" x="20" y="30">${title}</text><text class="s" x="20" y="52">Time of one trace, in milliseconds and seconds on a logarithmic scale; DynamoDB's strongly consistent read units</text>${grid.join('')}${bars.join('')}<text class="s" x="20" y="${bottom + 46}">${measured}</text></svg>
`
}
