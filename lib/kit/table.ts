import type { Entity } from './entity.ts'
import type { LedgerFact } from './ledger.ts'
import type { StoredEdge } from './ports.ts'
import type { Whole } from './reads.ts'

/** An entity as it is stored: its state, the version that writes are conditioned on, and the head of its chain. */
export interface Stored {
  readonly id: string
  readonly version: number
  /** Hash of its last kept fact. */
  readonly head: string
  /** Number of its last kept fact; behind `version` where facts are not kept. */
  readonly facts: number
  readonly data: Readonly<Record<string, unknown>>
}

/** Quantity of a lot at one place. */
export interface Balance {
  readonly lotId: string
  readonly itemId: string
  readonly place: string
  readonly quantity: number
}

/** The answer that was given to a request, kept so that a repeat gets the same. */
export interface Answer {
  readonly bodyHash: string
  readonly status: number
  readonly body: unknown
}

/** The freeze as one command sees it: the epoch in which it must be written, and the recalls that cover a node. */
export interface Freeze {
  readonly epoch: number
  /** The genealogy's tail into which edges go. */
  readonly tail: number
  readonly recalls: ReadonlyMap<string, readonly string[]>
}

/** One item of a command's transaction, with the condition under which it may be written. */
export type Write =
  | {
      readonly kind: 'state'
      readonly entity: Entity
      /** Version that must still stand; 0 where the entity must not exist. */
      readonly expect: number
      readonly next: Stored
    }
  | { readonly kind: 'under'; readonly entity: Entity; readonly about: string; readonly next: Stored }
  | { readonly kind: 'check'; readonly entity: Entity; readonly id: string; readonly expect: number }
  | { readonly kind: 'fact'; readonly fact: LedgerFact; readonly entity: Entity }
  | {
      readonly kind: 'stock'
      readonly lotId: string
      readonly itemId: string
      readonly place: string
      readonly change: number
      readonly mayOwe: boolean
    }
  | {
      readonly kind: 'edges'
      readonly request: string
      readonly epoch: number
      readonly tail: number
      /** The copy of the epoch that counts them. */
      readonly copy: number
      readonly edges: readonly StoredEdge[]
    }
  | {
      readonly kind: 'unique'
      readonly entity: Entity
      readonly field: string
      readonly value: string
      readonly id: string
    }
  | {
      readonly kind: 'retire'
      readonly entity: Entity
      readonly field: string
      readonly value: string
      readonly id: string
    }
  /** Checks the epoch; with edges also that their tail is open, and counts them there. */
  | { readonly kind: 'epoch'; readonly epoch: number; readonly copy: number; readonly tail?: number }
  | {
      readonly kind: 'frozen'
      readonly segment: number
      /** Places in the segment, by recall. */
      readonly places: ReadonlyMap<string, readonly number[]>
      readonly epoch: number
    }
  | { readonly kind: 'answer'; readonly key: string; readonly answer: Answer; readonly expires: number }
  /** A sign-in signs once. */
  | { readonly kind: 'signIn'; readonly sub: string; readonly id: string; readonly expires: number }

/** Why a transaction was not written: the write that failed and what stood there instead. */
export type Outcome =
  | { readonly done: true }
  | {
      readonly done: false
      readonly failed: number | undefined
      readonly found: Readonly<Record<string, unknown>> | undefined
    }

/** A cursor that is not the `next` of the same list: the reader's mistake, not a fault of the machine. */
export class ForeignCursor extends Error {
  /** `rule` says what the cursor must be. */
  constructor(rule = 'must be the "next" of the page before') {
    super(rule)
  }
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page begins; absent on the last page. */
  readonly next?: string
}

/** What the kit asks of the one table; the adapter speaks DynamoDB, tests use memory. */
export interface Table {
  /** Reads states strongly consistently, in the order asked. */
  states(wanted: readonly { entity: Entity; id: string }[]): Promise<(Stored | undefined)[]>
  /** The epoch, the tail, and the freezes that are effective in the epoch on these nodes, strongly consistent. */
  freeze(nodes: readonly string[]): Promise<Freeze>
  answer(key: string): Promise<Answer | undefined>
  /** Finds the id that owns a natural key, strongly consistent. */
  owner(entity: Entity, field: string, value: string): Promise<string | undefined>
  /** The first of so many node numbers in a row, which nobody else gets. */
  lease(count: number): Promise<number>
  /** Writes all or nothing. */
  transact(writes: readonly Write[]): Promise<Outcome>
  /** An entity with its facts and balances, in one strongly consistent read; undefined where it does not exist. */
  record(entity: Entity, id: string): Promise<(Whole & { readonly stored: Stored }) | undefined>
  /** The facts of one entity in order, strongly consistent. */
  history(entity: Entity, id: string): Promise<LedgerFact[]>
  /** All balances of a lot that are not zero, strongly consistent. */
  balances(lotId: string): Promise<Balance[]>
  /** What stands of each of these lots at one place, in their order, strongly consistent; 0 where there is none. */
  quantitiesAt(place: string, lotIds: readonly string[]): Promise<number[]>
  /** States on a worklist or under a parent, by id (that is, by age); eventually consistent. */
  list(by: 'worklist' | 'group', entity: Entity, value: string, cursor?: string): Promise<Page<Stored>>
  /** All states that tell about this (`under` of the entity), by age; strongly consistent. */
  under(entity: Entity, about: string): Promise<Stored[]>
  /** Balances at a place or of an item; eventually consistent. */
  stock(by: 'place' | 'item', value: string, cursor?: string): Promise<Page<Balance>>
}
