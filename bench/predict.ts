// npm run bench:predict -- [--json] [--machines 150] [--tune]
// How well failures are predicted on simulated machines of known truth, beside fixed thresholds in the same run.
// Seeds: 1 to 60 are the maintenance history, 1001 to 1120 tune (both sides, for the same measure), 20001 on are reported: nothing was tuned or looked at on them.
import { parseArgs } from 'node:util'
import { type Settings, settings } from '../lib/domain/prediction.ts'
import { type Fixed, FixedThreshold, historiesOf, Prediction } from './predict/detectors.ts'
import { alarms, type Hour, runOf } from './predict/machine.ts'
import { type Detector, f1Of, figuresOf, judge, noScore, planHours, type Score } from './predict/score.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    machines: { type: 'string', default: '150' },
    tune: { type: 'boolean', default: false },
  },
})
const machines = Number(values.machines)
if (!(Number.isInteger(machines) && machines > 0))
  throw new Error(`--machines ${values.machines} is no whole number above 0`)
const say = (line: string) => {
  if (!values.json) console.log(line)
}
const year = 8760
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

const scoreOf = (runs: readonly (readonly Hour[])[], detector: () => Detector): Score =>
  runs.reduce((score, run) => judge(score, detector(), run), noScore())

function best<T>(candidates: readonly T[], runs: readonly (readonly Hour[])[], detector: (one: T) => Detector): T {
  const scored = candidates.map((one) => ({ one, f1: f1Of(scoreOf(runs, () => detector(one))) }))
  return scored.reduce((a, b) => (b.f1 > a.f1 ? b : a)).one
}

/** The limits that do best on the machines that tune: first what is measured, then the age. */
function tunedFixed(runs: readonly (readonly Hour[])[]): Fixed {
  const never = Number.POSITIVE_INFINITY
  const measured = [0.4, 0.5, 0.6, 0.7, 0.85, 1].flatMap((v) =>
    [0.7, 0.75, 0.8, 0.85, 0.9, 1].flatMap((t) =>
      [1, 3, 6, 12, 24].map((hours) => ({
        ...{ vibration: v * alarms.vibration, temperature: t * alarms.temperature, hours, sealHours: never },
      })),
    ),
  )
  const found = best(measured, runs, (one) => new FixedThreshold(one))
  const aged = [never, 6000, 7500, 9000, 10_500, 12_000].map((sealHours) => ({ ...found, sealHours }))
  return best(aged, runs, (one) => new FixedThreshold(one))
}

/** Tries settings around those of the product and says which do best; the product's stay as they are in its source. */
function tune(runs: readonly (readonly Hour[])[]): void {
  let found: Settings = settings
  for (const [name, tried] of [
    ['progress', [0.35, 0.4, 0.45, 0.5]],
    ['lasting', [0.6, 0.7, 0.8, 0.9]],
    ['together', [0.2, 0.25, 0.3]],
    ['another', [1.5, 2, 2.5]],
  ] as const) {
    const candidates = tried.map((value) => ({ ...found, [name]: value }))
    for (const one of candidates)
      console.log(name, one[name], JSON.stringify(figuresOf(scoreOf(runs, () => new Prediction(one, histories)))))
    found = best(candidates, runs, (one) => new Prediction(one, histories))
    console.log(`${name}: ${JSON.stringify(found)}`)
  }
}

const tell = (name: string, score: Score) => {
  const { precision, recall, recallOfVisible, leadHours } = figuresOf(score)
  say(
    `${name}: precision ${precision} (${score.right} of ${score.alerts} alerts), recall ${recall} (${recallOfVisible} of what shows symptoms), median lead ${leadHours} h`,
  )
  for (const [part, count] of Object.entries(score.failures).sort())
    say(`  ${part}: ${score.announced[part] ?? 0} of ${count} failures announced at least ${planHours} h before`)
}

const histories = historiesOf(range(1, 60).map((seed) => runOf(seed, 3 * year)))
for (const [part, { shape, scale, failures }] of histories)
  say(
    `history of ${part}: Weibull shape ${shape.toFixed(2)}, scale ${Math.round(scale)} h of use, ${failures} failures`,
  )
const tuning = range(1001, 120).map((seed) => runOf(seed, year))
if (values.tune) {
  tune(tuning)
  process.exit()
}
const limits = tunedFixed(tuning)
say(`fixed thresholds, tuned on other machines: ${JSON.stringify(limits)}`)

const detectors: Record<string, () => Detector> = {
  prediction: () => new Prediction(settings, histories),
  'prediction, by age from a chance of 20 % on': () => new Prediction(settings, histories, 0.2),
  'fixed thresholds': () => new FixedThreshold(limits),
  'alarm limits alone': () => new FixedThreshold({ ...alarms, hours: 1, sealHours: Number.POSITIVE_INFINITY }),
}
const scores = Object.fromEntries(Object.keys(detectors).map((name) => [name, noScore()]))
let healthy = 0
for (const seed of range(20001, machines)) {
  const run = runOf(seed, year)
  if (!run.some(({ failed }) => failed)) healthy += 1
  for (const [name, detector] of Object.entries(detectors)) judge(scores[name]!, detector(), run)
}
say(`${machines} machines for a year each, ${healthy} of them without a failure`)
for (const [name, score] of Object.entries(scores)) tell(name, score)
console.log(JSON.stringify({ ...figuresOf(scores.prediction!), baseline: figuresOf(scores['fixed thresholds']!) }))
