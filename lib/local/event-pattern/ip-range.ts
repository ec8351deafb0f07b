import { isIPv4, isIPv6 } from 'node:net'

/** Inclusive range of IP addresses of one family. */
export interface IpRange {
  readonly bits: 32 | 128
  readonly first: bigint
  readonly last: bigint
}

/** Reads an address literal; undefined when the text is not one. */
export function parseIp(text: string): { bits: 32 | 128; value: bigint } | undefined {
  if (isIPv4(text)) return { bits: 32, value: joined(text.split('.').map(Number), 8n) }
  // EventBridge reads hexadecimal groups only: no zone and no dotted tail.
  if (!isIPv6(text) || !/^[0-9a-fA-F:]+$/.test(text)) return undefined
  const [head = [], tail = []] = text.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return {
    bits: 128,
    value: joined(
      [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16)),
      16n,
    ),
  }
}

const joined = (parts: number[], width: bigint): bigint =>
  parts.reduce((value, part) => (value << width) | BigInt(part), 0n)

/**
 * Reads `address/bits`. The range starts at the address as written, not at the network's first one, as EventBridge does.
 * Throws an `Error` with EventBridge's words when the text is malformed.
 */
export function parseCidr(text: string): IpRange {
  const parts = text.replace(/\/+$/, '').split('/')
  if (parts.length !== 2) throw new Error("Malformed CIDR, one '/' required")
  const [address, mask] = parts as [string, string]
  if (!/^[+-]?\d+$/.test(mask)) throw new Error('Malformed CIDR, mask bits must be an integer')
  if (Number(mask) < 0) throw new Error('Malformed CIDR, mask bits must not be negative')
  const ip = parseIp(address)
  if (!ip) throw new Error(`${looksLikeIp(address) ? 'Invalid' : 'Nonstandard'} IP address: ${address}`)
  if (Number(mask) >= ip.bits) throw new Error(`${ip.bits === 32 ? 'IPv4' : 'IPv6'} mask bits must be < ${ip.bits}`)
  const hosts = (1n << BigInt(ip.bits - Number(mask))) - 1n
  return { bits: ip.bits, first: ip.value, last: ip.value | hosts }
}

const looksLikeIp = (text: string): boolean => /^\d+\.\d+\.\d+\.\d+$|^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/.test(text)

/** Whether the text is an address of the range. */
export function inRange(range: IpRange, text: string): boolean {
  const ip = parseIp(text)
  return ip !== undefined && ip.bits === range.bits && ip.value >= range.first && ip.value <= range.last
}
