/** Values of one device by their time. */
export interface Reading {
  readonly at: number
  readonly values: Readonly<Record<string, number | string>>
}

/** What makes a message full, and how long it may wait for that. */
export interface Limits {
  readonly readings: number
  readonly seconds: number
}

/** AWS IoT bills by this step: a message stays below it. */
const stepBytes = 5 * 1024
/** For boot id, sequence number and what stands around the readings. */
const envelopeBytes = 200

const wireOf = ({ at, values }: Reading) => ({ at: new Date(at).toISOString(), ...values })

/** How many of these readings, oldest first, make the next message; 0 where it is better to wait. */
export function fullMessage(readings: readonly Reading[], { readings: most, seconds }: Limits, now: number): number {
  let bytes = envelopeBytes
  for (const [index, reading] of readings.entries()) {
    bytes += JSON.stringify(wireOf(reading)).length + 1
    if (index > 0 && bytes > stepBytes) return index
    if (index + 1 === most) return most
  }
  const oldest = readings[0]
  return oldest && now - oldest.at >= seconds * 1000 ? readings.length : 0
}

/** A message as lotline takes it. */
export const messageOf = (bootId: string, sequence: number, readings: readonly Reading[]): string =>
  JSON.stringify({ bootId, sequence, readings: readings.map(wireOf) })
