import { bisect, probit, sum } from 'simple-statistics'

/** How long a part lived, in hours of use; one that was taken out whole, or still works, did not fail. */
export interface Life {
  readonly hours: number
  readonly failed: boolean
}

/** A Weibull distribution of lives: above shape 1 parts wear out, at 1 they fail by chance, below 1 early. */
export interface Weibull {
  readonly shape: number
  /** Hours at which 63 % have failed. */
  readonly scale: number
  readonly failures: number
  /** Variances of the estimates: of the shape, and of the scale's logarithm where the shape is known. */
  readonly shapeVariance: number
  readonly logScaleVariance: number
  /** How the scale's logarithm follows when the shape is taken for another. */
  readonly logScaleByShape: number
}

/** Fewer failures than this tell too little. */
const fewestFailures = 5
const [leastShape, greatestShape] = [0.05, 50]

/** Fits by maximum likelihood; lives without failure count as such. Undefined where the failures tell too little. */
export function weibullOf(lives: readonly Life[]): Weibull | undefined {
  const failed = lives.filter((life) => life.failed)
  const failures = failed.length
  const longest = Math.max(...lives.map(({ hours }) => hours))
  if (failures < fewestFailures || failed.every(({ hours }) => hours === failed[0]!.hours)) return undefined
  if (lives.some(({ hours }) => hours <= 0)) throw new RangeError('a life must be longer than 0 hours')
  // Lives are taken relative to the longest: their powers stay finite.
  const logs = lives.map(({ hours }) => Math.log(hours / longest))
  const meanLog = sum(failed.map(({ hours }) => Math.log(hours / longest))) / failures
  const moments = (shape: number) => {
    const powers = logs.map((log) => Math.exp(shape * log))
    const total = sum(powers)
    const first = sum(powers.map((power, index) => power * logs[index]!)) / total
    const second = sum(powers.map((power, index) => power * logs[index]! ** 2)) / total
    return { total, first, variance: second - first ** 2 }
  }
  const score = (shape: number) => 1 / shape + meanLog - moments(shape).first
  if (score(greatestShape) > 0) return undefined
  const shape = bisect(score, leastShape, greatestShape, 200, 1e-9)
  const { total, first, variance } = moments(shape)
  return {
    shape,
    scale: longest * (total / failures) ** (1 / shape),
    failures,
    // Inverse of the observed information, with the best scale of each shape.
    shapeVariance: 1 / (failures * (1 / shape ** 2 + variance)),
    logScaleVariance: 1 / (failures * shape ** 2),
    logScaleByShape: first / shape - Math.log(total / failures) / shape ** 2,
  }
}

/** A probability with its bounds. */
export interface Chance {
  readonly chance: number
  readonly low: number
  readonly high: number
}

/** Chance that a part of this age fails within the next hours of use, with bounds by the delta method. */
export function chanceOfFailure(weibull: Weibull, age: number, hours: number, confidence = 0.9): Chance {
  const { shape, scale, shapeVariance, logScaleVariance, logScaleByShape } = weibull
  // On the scale of the logarithm of the hazard the estimate is nearly normal, and a bound is no chance beyond 0 or 1.
  const logHazard = (k: number, logScale: number) =>
    Math.log(((age + hours) / Math.exp(logScale)) ** k - (age / Math.exp(logScale)) ** k)
  const logScale = Math.log(scale)
  const middle = logHazard(shape, logScale)
  const little = 0.001
  const byShape = (logHazard(shape + little, logScale + little * logScaleByShape) - middle) / little
  const byScale = (logHazard(shape, logScale + little) - middle) / little
  const reach = probit((1 + confidence) / 2) * Math.sqrt(byShape ** 2 * shapeVariance + byScale ** 2 * logScaleVariance)
  const chanceAt = (log: number) => -Math.expm1(-Math.exp(log))
  return { chance: chanceAt(middle), low: chanceAt(middle - reach), high: chanceAt(middle + reach) }
}

/** Hours of use until this part of those of an age has failed. */
export const lifeLeft = ({ shape, scale }: Weibull, age: number, part: number) =>
  scale * ((age / scale) ** shape - Math.log1p(-part)) ** (1 / shape) - age
