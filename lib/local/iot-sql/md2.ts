/** The substitution of RFC 1319: a permutation of the bytes, made from the digits of pi. */
const PI = Buffer.from(
  'KS5DyaLYfAE9NlSh7PAGE2KnBfPAx3OMmJMr2bxMgsoem1c8/dTgFmdCbxiKF+USvk7E1tqe3kmg+/WOuy/ueqloeZEVsgc/lMIQiQsiXyGA' +
    'f12aWpAyJzU+zOe/95cD/xkws0iltdHXXpIqrFaqxk+4ONKWpH22dvxr4px0BPFFnXBZZHGHIIZbz2XmLagCG2Alra6wufYcRmFpNEB+D1VH' +
    'oyPdUa86w1z5zrrF6iYsUw1uhSiECdPfzfRBgU1Satw3yGzBq/ok4XsIDL2xSniIlYvjY+ht6cvV/jsAHTny77cOZljQ5KZ3cvjrdUsKMURQ' +
    'tI/tHxrbmY0znxGDFA==',
  'base64',
)

/** MD2 (RFC 1319) of a text as hexadecimal digits; Node's crypto has no MD2 any more. */
export function md2(text: string): string {
  const bytes = Buffer.from(text)
  const padding = 16 - (bytes.length % 16)
  const message = Buffer.concat([bytes, Buffer.alloc(padding, padding)])
  const state = new Uint8Array(48)
  for (let at = 0; at < message.length; at += 16) compress(state, message.subarray(at, at + 16))
  compress(state, checksum(message))
  return Buffer.from(state.subarray(0, 16)).toString('hex')
}

function checksum(message: Uint8Array): Uint8Array {
  const sum = new Uint8Array(16)
  let last = 0
  for (const [index, byte] of message.entries()) {
    sum[index % 16]! ^= PI[byte ^ last]!
    last = sum[index % 16]!
  }
  return sum
}

function compress(state: Uint8Array, block: Uint8Array): void {
  for (const [index, byte] of block.entries()) {
    state[16 + index] = byte
    state[32 + index] = byte ^ state[index]!
  }
  let carry = 0
  for (let round = 0; round < 18; round++) {
    for (let index = 0; index < 48; index++) {
      state[index]! ^= PI[carry]!
      carry = state[index]!
    }
    carry = (carry + round) % 256
  }
}
