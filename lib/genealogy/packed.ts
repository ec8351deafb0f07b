import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { ByteReader, ByteWriter } from './bytes.ts'

const [plain, squeezed] = [0, 1]
/** Level 10 of 11: a tenth smaller than 9, while 11 takes twice the time for a hundredth. No column is longer than 256 KB. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 18 }
/** Shorter columns are not worth the try. */
const shortest = 32
/** A column that stays longer than this part of itself is not worth the time that its reader takes: 50 ms a megabyte. */
const worthwhile = 3 / 4

/** Joins columns into one piece, each compressed where that makes it much smaller. */
export function pack(columns: readonly ByteWriter[]): Uint8Array {
  const out = new ByteWriter()
  for (const column of columns) {
    const bytes = column.done()
    const small = bytes.length < shortest ? bytes : brotliCompressSync(bytes, { params })
    const best = small.length < worthwhile * bytes.length ? small : bytes
    out.byte(best === bytes ? plain : squeezed)
    out.varint(best.length)
    out.room(best.length).set(best)
  }
  return out.done()
}

/** The columns that `pack` joined. */
export function unpack(bytes: Uint8Array, columns: number): ByteReader[] {
  const found = columnsOf(bytes)
  if (found.length !== columns) throw new Error(`A stored piece has ${found.length} columns instead of ${columns}.`)
  return found.map((column) => new ByteReader(column))
}

/** The same as bytes, as they were before they were compressed. */
export function columnsOf(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes)
  const columns: Uint8Array[] = []
  while (!reader.atEnd) {
    const form = reader.byte()
    const column = reader.take(reader.varint())
    if (form !== plain && form !== squeezed) throw new Error(`A column has the form ${form}, which does not exist.`)
    columns.push(form === squeezed ? brotliDecompressSync(column) : column)
  }
  return columns
}
