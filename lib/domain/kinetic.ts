/**
 * Activation energy of a typical degradation, 83.144 kJ/mol, over the gas constant, 8.3144 J/(mol K): 10,000 kelvin.
 * Source: USP <1079.2>, mean kinetic temperature in the evaluation of temperature excursions.
 */
const activationK = 83_144 / 8.3144

const zeroC = 273.15

/** A temperature that lasted for a time; any unit of time, the same for all. */
export interface Warmth {
  readonly celsius: number
  readonly time: number
}

/**
 * The one temperature that would have degraded a product as much as these did (Haynes's mean kinetic temperature), in
 * degrees Celsius; undefined where no time is known.
 */
export function meanKineticC(warmths: readonly Warmth[]): number | undefined {
  const known = warmths.filter(({ time }) => time > 0)
  const total = known.reduce((sum, { time }) => sum + time, 0)
  if (total === 0) return undefined
  const exponents = known.map(({ celsius }) => -activationK / (celsius + zeroC))
  // Of exp(-37) and less nothing would be left after the sum; what they have in common is taken out first.
  const most = Math.max(...exponents)
  const mean = known.reduce((sum, { time }, index) => sum + time * Math.exp(exponents[index]! - most), 0) / total
  return activationK / -(most + Math.log(mean)) - zeroC
}
