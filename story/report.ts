import type { Balance, Findings, Whereabouts } from './drill.ts'
import { dispatches, hospitals } from './plan.ts'

/** The last line of `npm start -- --exit`. */
export interface Verdict {
  readonly ok: boolean
  readonly lots: number
  readonly units: number
  readonly customers: number
  readonly secondsToFrozen: number
  readonly secondsToNotified: number
  readonly unexplained: number
}

/** The sensor of the cold room, which anybody can play with its keys. */
export interface Sensor {
  readonly deviceId: string
  readonly topic: string
}

/** What the day ended with. */
export interface Report {
  readonly findings: Findings
  readonly sensor: Sensor
  /** Mails that left for people outside; a drill sends none. */
  readonly mails: number
  readonly verdict: Verdict
}

/** Judges the findings: all is accounted for, no history has a gap, and nobody outside was written to. */
export function reportOf(findings: Findings, sensor: Sensor, mails: number): Report {
  const { counts, secondsToFrozen, secondsToNotified, balances, intact } = findings
  const unexplained = balances.reduce((sum, one) => sum + Math.abs(one.quantities.unexplained ?? 0), 0)
  const { lots, units, customers } = counts
  const accounted = unexplained === 0 && balances.every(({ balanced }) => balanced)
  const ok = accounted && mails === 0 && intact === lots + units
  return {
    findings,
    sensor,
    mails,
    verdict: { ok, lots, units, customers, secondsToFrozen, secondsToNotified, unexplained },
  }
}

/** The report as a person reads it. */
export function textOf({ findings, mails, verdict }: Report): string {
  const { title, counts, refusal, intact } = findings
  const { lots, units, customers } = verdict
  return `
RECALL DRILL: ${title}
  from suspicion to frozen    ${verdict.secondsToFrozen.toFixed(2)} s
  from suspicion to notified  ${verdict.secondsToNotified.toFixed(2)} s
  affected                    ${lots} lots, ${units} units, ${customers} of ${hospitals.length} hospitals, ${counts.suppliers} supplier
  how sure                    ${findings.grades.confirmed} confirmed, ${findings.grades.possible} possible; each with its path and rule
  audit trail                 ${intact} of ${lots + units} histories are whole
  mails that left the company ${mails} (a drill sends none)

WHERE THE ${units} UNITS ARE
${table(unitsByPlace(findings.whereabouts))}

WHERE THE ${lots} LOTS ARE
${table(lotsByPlace(findings.whereabouts))}

MASS BALANCE
${table(balanceRows(findings.balances))}
  unexplained: ${verdict.unexplained}

FROZEN MEANS FROZEN
  during the drill  ${refusal}
  after the drill   the same shipment left
`
}

const kindWords: Readonly<Record<string, string>> = {
  onHand: 'on hand',
  returned: 'came back to',
  inProcess: 'in process in',
  consumed: 'used in',
  inTransit: 'in transit',
  delivered: 'delivered to',
  passedOn: 'went into',
}

const wordFor = (kind: string) => kindWords[kind] ?? kind
const placeFor = (place: string): string => {
  const shipment = dispatches.find(({ number }) => number === place)
  if (shipment) return `${place} to ${placeFor(shipment.hospital)}`
  const hospital = hospitals.find(({ code }) => code === place)
  return hospital ? `${place} ${hospital.name}` : place
}

function unitsByPlace(whereabouts: readonly Whereabouts[]): string[][] {
  const units = whereabouts.filter(({ serial }) => serial)
  const groups = Map.groupBy(units, ({ kind, place }) => `${wordFor(kind)}|${kind === place ? '' : placeFor(place)}`)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, found]) => [...group.split('|'), String(found.reduce((sum, { quantity }) => sum + quantity, 0))])
}

/** One row a lot and place; what was built into single units is one row. */
function lotsByPlace(whereabouts: readonly Whereabouts[]): string[][] {
  const lots = whereabouts.filter(({ serial }) => !serial)
  const groups = Map.groupBy(lots, ({ name, kind, place }) => {
    const there = isUnit(place) ? 'single units' : kind === place ? '' : place
    return [name, wordFor(kind), there].join('|')
  })
  return [...groups].map(([group, found]) => [
    ...group.split('|'),
    String(found.reduce((sum, { quantity }) => sum + quantity, 0)),
  ])
}

const isUnit = (name: string) => name.startsWith('LH100-')

/** One row a lot, and one for all units together; columns in which nothing stands are left out. */
function balanceRows(balances: readonly Balance[]): string[][] {
  const lots = balances.filter(({ name }) => !isUnit(name))
  const units = balances.filter(({ name }) => isUnit(name))
  const sum = (key: string) => units.reduce((total, { quantities }) => total + quantities[key]!, 0)
  const kinds = Object.keys(balances[0]?.quantities ?? {})
  const shown = kinds.filter((key) => key === 'unexplained' || balances.some(({ quantities }) => quantities[key] !== 0))
  return [
    ['', ...shown.map(wordFor)],
    ...lots.map(({ name, quantities }) => [name, ...shown.map((key) => String(quantities[key]))]),
    [`${units.length} units`, ...shown.map((key) => String(sum(key)))],
  ]
}

/** Chinese characters take two columns of a terminal. */
const widthOf = (text: string) => [...text].reduce((sum, one) => sum + (one >= '\u2e80' ? 2 : 1), 0)

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  const isNumber = (cell: string) => /^-?[\d.]+$/.test(cell)
  const padded = (cell: string, width: number) => {
    const space = ' '.repeat(width - widthOf(cell))
    return isNumber(cell) ? space + cell : cell + space
  }
  return rows
    .map((row) => `  ${row.map((cell, column) => padded(cell, widths[column]!)).join('  ')}`.trimEnd())
    .join('\n')
}
