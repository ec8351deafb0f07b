/** One field of a message in protocol buffers' wire format: its number, and its value by wire type. */
export interface Field {
  readonly number: number
  /** Of varints and fixed-width numbers; fixed-width ones as their bits, unsigned. */
  readonly bits: bigint
  /** Of texts, bytes and messages. */
  readonly bytes: Uint8Array
}

const nothing = new Uint8Array()

/** Fields of a message in the order sent; throws where the bytes are no message. */
export function fieldsOf(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const fields: Field[] = []
  let at = 0
  const take = (length: number): number => {
    if (length > message.byteLength - at) throw new RangeError('a field runs over the end of the message')
    at += length
    return at - length
  }
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(take(1))
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new RangeError('a number runs over 64 bits')
  }
  const blob = (length: number): Uint8Array => {
    const from = take(length)
    return message.subarray(from, from + length)
  }
  while (at < message.byteLength) {
    const tag = Number(varint())
    const [number, wire] = [tag >>> 3, tag & 7]
    if (wire === 0) fields.push({ number, bits: varint(), bytes: nothing })
    else if (wire === 1) fields.push({ number, bits: view.getBigUint64(take(8), true), bytes: nothing })
    else if (wire === 5) fields.push({ number, bits: BigInt(view.getUint32(take(4), true)), bytes: nothing })
    else if (wire === 2) fields.push({ number, bits: 0n, bytes: blob(Number(varint())) })
    else throw new RangeError(`wire type ${wire} is not known`)
  }
  return fields
}

/** The text of a field; throws where it is not UTF-8. */
export const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

/** The number whose bits these are. */
export function floatOf(bits: bigint, size: 4 | 8): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, bits)
  return size === 8 ? view.getFloat64(0) : view.getFloat32(4)
}
