import epcTds from 'epc-tds'
import { checkDigit } from './gtin.ts'

// It is CommonJS: what is imported is what its types call the default.
const tds = epcTds as unknown as typeof epcTds.default

/** What an RFID tag names by GS1's Tag Data Standard: a unit of an item, or a logistic unit. */
type Epc = { readonly gtin: string; readonly serial: string } | { readonly sscc: string }

/** Memory of a tag by its header: SGTIN-96, SSCC-96 and SGTIN-198, as a reader writes it. */
const memory = /^(3[01][0-9A-F]{22}|36[0-9A-F]{48,54})$/i
const identity = /^urn:epc:id:(sgtin|sscc):(\d+)\.(\d+)(?:\.(.+))?$/
/** What a serial number may be written in. */
const serialText = /^[\x21-\x7e]{1,20}$/

/** Whether a code is that of an RFID tag: its memory in hexadecimal, or an EPC URI. */
export const isEpc = (code: string): boolean => memory.test(code) || code.startsWith('urn:epc:')

/** Reads an RFID tag, or says why it names nothing that is handled here. */
export function readEpc(code: string): Epc | { readonly why: string } {
  const read = code.startsWith('urn:epc:id:') ? identityOf(code) : tagOf(code)
  return 'serial' in read && !serialText.test(read.serial) ? { why: 'its serial number is not readable' } : read
}

const noEpc = { why: 'it is neither an SGTIN nor an SSCC of GS1’s Tag Data Standard' }

function identityOf(uri: string): Epc | { readonly why: string } {
  const [, scheme, prefix = '', reference = '', serial] = identity.exec(uri) ?? []
  const digits = reference.slice(0, 1) + prefix + reference.slice(1)
  if (scheme === 'sscc' && digits.length === 17 && serial === undefined) return { sscc: digits + checkDigit(digits) }
  if (scheme === 'sgtin' && digits.length === 13 && serial !== undefined)
    return { gtin: digits + checkDigit(digits), serial: unescaped(serial) }
  return noEpc
}

function tagOf(code: string): Epc | { readonly why: string } {
  try {
    const isUri = code.startsWith('urn:')
    const tag = isUri ? tds.fromTagURI(code) : tds.valueOf(code)
    if (tag instanceof tds.Sscc96) return { sscc: tag.getSscc() }
    if (!(tag instanceof tds.Sgtin96 || tag instanceof tds.Sgtin198)) return noEpc
    const serial = String(tag.getSerial())
    return { gtin: tag.getGtin(), serial: isUri ? unescaped(serial) : serial }
  } catch {
    return noEpc
  }
}

/** URIs write some characters of a serial number as %xx. */
function unescaped(serial: string): string {
  try {
    return decodeURIComponent(serial)
  } catch {
    return ''
  }
}
