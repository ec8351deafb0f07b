import type { Ports } from '#kit/ports'
import { keepReceipts } from './messages.ts'

/** Receipts take the place of claims in the one table. */
export const receipts: Ports['receipts'] = { record: keepReceipts }
