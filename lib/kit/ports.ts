import type { LedgerFact } from './ledger.ts'
import type { Table } from './table.ts'

/** A message to a person; the key makes a repeated send recognisable. */
export interface Mail {
  readonly key: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A point of a time series. */
export interface Sample {
  readonly deviceId: string
  /** Device time, ISO 8601 UTC. */
  readonly at: string
  readonly measures: Readonly<Record<string, number | string>>
}

/** An edge as the genealogy stores it. */
export interface StoredEdge {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly at: string
  readonly until?: string
  readonly quantity?: number
  readonly unit?: string
  readonly party?: string
}

/** Answer of a trace: every node reached and every edge walked, never cut. */
export interface Trace {
  readonly nodes: readonly { readonly id: string; readonly path: readonly string[] }[]
  readonly edges: readonly StoredEdge[]
  /** Loops the walk met; they end there and are reported. */
  readonly loops: readonly string[]
  readonly complete: true
}

/**
 * The outside services that a query, reaction or task may name in `uses`.
 * Each name is one adapter in `lib/adapters`, bundled and granted only where it is named.
 */
export interface Ports {
  /** Reads of the table beyond single keys. */
  readonly table: Pick<Table, 'history' | 'balances' | 'list' | 'stock' | 'owner' | 'states'>
  readonly genealogy: {
    trace(seeds: readonly string[], direction: 'forward' | 'backward'): Promise<Trace>
    /** Edges that begin or end at a node, oldest first. */
    edgesOf(node: string): Promise<StoredEdge[]>
  }
  /** Makes nodes immovable in one visible step, and frees them again. */
  readonly freezer: {
    /** Writes the frozen nodes under the next epoch, then raises the epoch; running it again changes nothing. */
    freeze(recallId: string, nodes: readonly string[]): Promise<{ readonly epoch: number }>
    /** Frees the nodes unless another recall covers them. */
    lift(recallId: string): Promise<{ readonly lifted: number }>
    /** Nodes that this recall covers now, also those born frozen. */
    covered(recallId: string): Promise<string[]>
  }
  /** Scope of a recall in sharded partitions, so that no list must fit one message. */
  readonly scope: {
    write(
      recallId: string,
      nodes: readonly Record<string, unknown>[],
      parties: readonly Record<string, unknown>[],
    ): Promise<{ readonly shards: number }>
    nodes(recallId: string): Promise<Record<string, unknown>[]>
    parties(recallId: string, shard?: number): Promise<Record<string, unknown>[]>
  }
  readonly mail: { send(mail: Mail): Promise<{ readonly messageId: string }> }
  readonly bus: { publish(facts: readonly LedgerFact[]): Promise<void> }
  readonly series: {
    write(samples: readonly Sample[]): Promise<void>
    read(deviceId: string, from: string, to: string): Promise<Sample[]>
  }
  readonly fleet: {
    /** Creates the thing, signs the device's request and binds the policy; running it again returns the same. */
    enroll(device: { readonly id: string; readonly kind: string; readonly csr: string }): Promise<{
      readonly certificateId: string
      readonly certificatePem: string
    }>
  }
  readonly workflow: {
    start(machine: string, name: string, input: unknown): Promise<{ readonly executionArn: string }>
  }
}

export type PortName = keyof Ports
