import type { Edge } from './entity.ts'
import type { LedgerFact } from './ledger.ts'
import type { Sheet, Symbol2d } from './sheet.ts'
import type { Table } from './table.ts'
import type { Genealogy, Grade } from './trace.ts'

/** A message to a person; its key makes sure that it leaves once. */
export interface Mail {
  readonly key: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A text message to a phone. */
export interface TextMessage {
  readonly key: string
  /** E.164, e.g. `+4915112345678`. */
  readonly to: string
  readonly text: string
}

/**
 * Whether a message left, now or earlier, or will never be taken for this address; undefined while nobody can know: ask
 * again later.
 */
export type Sending = { readonly sent: true } | { readonly sent: false; readonly why: string } | undefined

/** The mail service's word that a message left. */
export interface Receipt {
  /** SHA-256 of the message's key. */
  readonly message: string
  readonly at: string
}

/** A point of a time series. */
export interface Sample {
  readonly deviceId: string
  /** Device time, ISO 8601 UTC. */
  readonly at: string
  readonly measures: Readonly<Record<string, number | string>>
}

/** What a metric did in one interval of a down-sampled series. */
export interface Bucket {
  /** Its begin, a multiple of its width since 1970. */
  readonly at: string
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly max: number
  /** The value that was measured last. */
  readonly last: number
}

/** A stretch of time without a sample. */
export interface Gap {
  readonly from: string
  readonly to: string
}

/** A message that was put aside, for a person to look at. */
export interface Quarantined {
  /** The message as it came; `npm run redrive` sends it again. */
  readonly payload: string
  /** Why, in words. */
  readonly cause: { readonly code: string; readonly en: string; readonly zh: string; readonly details: unknown }
  /** Name of the function that could not handle it. */
  readonly by: string
  readonly at: string
}

/** An edge as the genealogy stores it; times are ISO 8601 UTC. */
export interface StoredEdge {
  readonly kind: Edge['kind']
  readonly from: string
  readonly to: string
  /** When it happened; the time of its posting where nobody stated it. */
  readonly at: string
  /** Set where a person or machine stated `at`. */
  readonly stated?: true
  readonly recordedAt: string
  readonly until?: string
  readonly quantity?: number
  readonly unit?: string
  readonly itemId?: string
  readonly party?: string
  /** The fact that drew it. */
  readonly fact: { readonly entityId: string; readonly version: number }
}

/** A node that a recall touches, and why. */
export interface AffectedNode {
  readonly id: string
  readonly grade: Exclude<Grade, 'excluded'>
  /** Name of the rule that gave the grade. */
  readonly rule: string
  /** Nodes from the seed to this one. */
  readonly path: readonly string[]
  /** The pass over the scope that found it; 1 is the first. */
  readonly since: number
}

/** What one pass over a recall's scope changes in it. */
export interface ScopeChange {
  /** Nodes that entered, and those of which something is known otherwise now. */
  readonly nodes: readonly AffectedNode[]
  /** Nodes that suspicion does not reach any more. */
  readonly left: readonly string[]
  /** Parties that entered, or of which other lots are affected now; one that left has none. */
  readonly parties: readonly AffectedParty[]
}

/** A customer who got, or a supplier who delivered, something that a recall touches. */
export interface AffectedParty {
  readonly partnerId: string
  readonly role: 'customer' | 'supplier'
  /** The customer who passed it on to this one; absent where it came from us. */
  readonly via?: string | undefined
  /** What this party got or delivered, by lot. */
  readonly lots: readonly {
    readonly lotId: string
    readonly number: string
    readonly serial?: string | undefined
    readonly quantity: number
    readonly unit: string
  }[]
}

/** Marks of one recall by segment: for the freezer that made them. */
export type FreezeMarks = ReadonlyMap<number, readonly Uint8Array[]>

/**
 * The outside services that a query, reaction or task may name in `uses`.
 * Each name is one adapter in `lib/adapters`, bundled and granted only where it is named.
 */
export interface Ports {
  /** Reads of the table beyond single keys. */
  readonly table: Pick<
    Table,
    'history' | 'balances' | 'quantitiesAt' | 'list' | 'under' | 'stock' | 'owner' | 'states' | 'freeze'
  >
  readonly genealogy: Genealogy
  /** Turns what the genealogy's tail holds into segments. */
  readonly sealer: {
    /** Seals where enough was recorded since the last time; false where it was not, or another seal is under way. */
    seal(): Promise<{ readonly sealed: boolean }>
  }
  /** Makes nodes immovable in one visible step, and frees them again. */
  readonly freezer: {
    /**
     * Marks those of these node numbers that the recall does not cover yet under the next epoch, then closes the epoch;
     * safe to repeat, and to extend by more. `marked` says how many they were: none, and the epoch stays. `at` is when
     * it came into force.
     */
    freeze(
      recallId: string,
      numbers: Iterable<number>,
    ): Promise<{ readonly epoch: number; readonly marked: number; readonly at: string }>
    /** The marks of a recall as they stand, by segment. */
    marked(recallId: string): Promise<FreezeMarks>
    /**
     * Frees what these marks cover beyond these nodes, and says how many that were. Marks made since they were read
     * stay: of what they cover, a trace that began after the reading may not know yet.
     */
    narrow(recallId: string, marks: FreezeMarks, numbers: Iterable<number>): Promise<number>
    /** Takes this recall's freeze off everything, also what was born frozen; what another recall covers stays frozen. */
    lift(recallId: string): Promise<void>
  }
  /** Scope of a recall in sharded partitions, as its passes wrote it one after another. */
  readonly scope: {
    /** What was said of a pass when it was written; undefined until it is written whole. */
    pass<T>(recallId: string, pass: number): Promise<T | undefined>
    /**
     * Writes what a pass changes. It counts from one moment on, as a whole and with what is said of it; of several that
     * write the same pass the first to end counts, and what was said of that one is returned.
     */
    write<T>(recallId: string, shards: number, pass: number, change: ScopeChange, says: T): Promise<T>
    nodes(recallId: string, shards: number): Promise<AffectedNode[]>
    nodesOf(recallId: string, shard: number): Promise<AffectedNode[]>
    /** What a pass changed in one partition. */
    changesOf(recallId: string, shard: number, pass: number): Promise<ScopeChange>
    /** Keeps what a reconciliation found in one partition; the next one takes its place. */
    account(recallId: string, shard: number, found: unknown): Promise<void>
    accountOf<T>(recallId: string, shard: number): Promise<T | undefined>
    parties(recallId: string, shards: number): Promise<AffectedParty[]>
    partiesOf(recallId: string, shard: number): Promise<AffectedParty[]>
  }
  /** Both say of each message what became of it, in the order of the messages; many at once cost little more than one. */
  readonly mail: { send(mails: readonly Mail[]): Promise<Sending[]> }
  readonly sms: { send(messages: readonly TextMessage[]): Promise<Sending[]> }
  /** Remembers that mails left, as the mail service reports it. */
  readonly receipts: { record(receipts: readonly Receipt[]): Promise<void> }
  /** Links that let their holder do one thing without an account. */
  readonly links: {
    /** The address of a page for whoever gets it, for each of these; valid until the end of that day (ISO 8601 UTC). */
    sign(ids: readonly string[], until: string): Promise<string[]>
    /** Until when the proof lets its holder speak for this id; undefined where it was never signed for it. */
    verify(id: string, proof: string): Promise<string | undefined>
  }
  readonly symbols: {
    /** Draws encoded GS1 elements (FNC1 as `^`) as a DataMatrix: its side in modules, and an SVG path of the dark ones. */
    dataMatrix(text: string): Symbol2d
  }
  readonly paper: {
    /** Lays a document out on A4 as PDF, with the fonts that it uses embedded. */
    pdf(sheet: Sheet): Promise<Uint8Array>
  }
  /** Files that prove something, each under the hash of its content. */
  readonly evidence: {
    /** Keeps base64 data; the same data twice is one file. */
    keep(owner: string, type: string, data: string): Promise<{ readonly sha256: string; readonly bytes: number }>
    /** A file as base64. */
    read(owner: string, sha256: string): Promise<string>
  }
  /** Numbers for dashboards and alarms; by the values of these dimensions. */
  readonly metrics: {
    put(values: Readonly<Record<string, number>>, dimensions?: Readonly<Record<string, string>>): Promise<void>
  }
  readonly bus: { publish(facts: readonly LedgerFact[]): Promise<void> }
  readonly series: {
    /** Writes samples, in any order and as often as they come; a measure that has a value at that time keeps it. */
    write(samples: readonly Sample[]): Promise<void>
    /** Samples from `from` up to, not including, `to`, oldest first, about `limit` of them; `next` begins the next page. */
    read(
      deviceId: string,
      from: string,
      to: string,
      limit: number,
    ): Promise<{ readonly samples: readonly Sample[]; readonly next?: string | undefined }>
    /** A metric in intervals of so many seconds; those without a sample are left out. */
    summarize(deviceId: string, metric: string, from: string, to: string, seconds: number): Promise<Bucket[]>
    /** The newest sample since then. */
    latest(deviceId: string, since: string): Promise<Sample | undefined>
    /** Stretches of more than so many seconds without a sample, also at the begin and the end. */
    gaps(deviceId: string, from: string, to: string, seconds: number): Promise<Gap[]>
  }
  /** Keeps every sample for years, for questions about many devices at once; what comes again may be in it twice. */
  readonly lake: { put(samples: readonly Sample[]): Promise<void> }
  readonly fleet: {
    /** Creates the thing, signs the device's request and binds the policy; running it again returns the same. */
    enroll(device: {
      readonly id: string
      readonly thingType: string
      readonly attributes: Readonly<Record<string, string>>
      /** Certificate signing request, PEM. */
      readonly csr: string
    }): Promise<{
      readonly certificateId: string
      readonly certificatePem: string
    }>
  }
  readonly revocations: {
    /** Takes a certificate's rights for good and drops its connections; safe to repeat. */
    revoke(device: { readonly id: string; readonly certificateId: string }): Promise<void>
  }
  /** What the product wants of a device, and what the device last said it is; kept for both while the other is away. */
  readonly shadow: {
    /** Adds to what is desired; the device hears of it now or when it connects again. False where the shadow is full. */
    desire(deviceId: string, desired: Readonly<Record<string, unknown>>): Promise<boolean>
    /** Takes out of desired and reported state what these members name with `null`. */
    forget(deviceId: string, members: Readonly<Record<string, unknown>>): Promise<void>
    /** Both states; undefined where nobody spoke of the device yet. */
    read(deviceId: string): Promise<
      | {
          readonly desired: Readonly<Record<string, unknown>>
          readonly reported: Readonly<Record<string, unknown>>
          readonly version: number
        }
      | undefined
    >
  }
  /** Where messages of a queue go that can never be handled. */
  readonly quarantine: { put(message: Quarantined): Promise<void> }
  readonly workflow: {
    start(machine: string, name: string, input: unknown): Promise<{ readonly executionArn: string }>
  }
}

export type PortName = keyof Ports
