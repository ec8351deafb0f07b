/** Lower numbers are those of examples and tests. */
export const firstNumber = 4096

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Whole numbers below 2^53 in Crockford's base 32, as ULIDs are written. */
export const crockford = {
  encode(value: number, length: number): string {
    let text = ''
    for (let left = value; text.length < length; left = Math.floor(left / 32)) text = alphabet[left % 32] + text
    return text
  },
  decode(text: string): number {
    let value = 0
    for (let at = 0; at < text.length; at += 1) value = value * 32 + alphabet.indexOf(text[at]!)
    return value
  },
}

/** Characters of a ULID that carry the time (48 bits), and those at its end that carry the node number (40 bits). */
const timeLength = 10
const numberLength = 8

/**
 * Id of a genealogy node: a ULID whose random part is the node's number, so that no dictionary is needed
 * between the ids people see and the dense numbers of segments and bitmaps.
 * `time` in milliseconds since 1970, `number` below 2^40.
 */
export const nodeId = (prefix: string, time: number, number: number): string =>
  `${prefix}_${crockford.encode(time, timeLength)}${crockford.encode(number, 26 - timeLength)}`

/** Nodes of a segment, in the genealogy's store and in a freeze. */
export const segmentSize = 4096

/** Segment of a node number, and its place in there. */
export const segmentOf = (number: number): number => Math.floor(number / segmentSize)
export const placeOf = (number: number): number => number % segmentSize

/** Number of a genealogy node, from its id. */
export const numberOf = (id: string): number => crockford.decode(id.slice(-numberLength))

/** Time in a node's id, milliseconds since 1970. */
export const timeOf = (id: string): number => crockford.decode(id.slice(4, 4 + timeLength))
