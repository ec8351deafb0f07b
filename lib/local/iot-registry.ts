import type { Cloud } from './cloud.ts'
import type { Shadow } from './iot-shadow-document.ts'
import type { Append } from './journal.ts'

/** A thing of the registry. */
export interface Thing {
  readonly thingName: string
  readonly thingId: string
  readonly thingTypeName?: string
  readonly attributes: Readonly<Record<string, string>>
  readonly version: number
}

/** A device certificate that the local authority issued. */
export interface Certificate {
  readonly certificateId: string
  readonly certificateArn: string
  readonly certificatePem: string
  readonly status: 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_ACTIVATION'
  /** Seconds since 1970. */
  readonly creationDate: number
  readonly lastModifiedDate: number
}

interface Tables {
  readonly thing: Thing
  readonly certificate: Certificate
  /** Names of the policies attached to a certificate, by its ARN. */
  readonly policies: readonly string[]
  /** ARNs of the certificates attached to a thing, by its name. */
  readonly principals: readonly string[]
  readonly shadow: Shadow
}

interface Entry {
  readonly table: keyof Tables
  readonly key: string
  /** Absent where the entry is deleted. */
  readonly value?: Tables[keyof Tables]
}

/** Everything that the local IoT Core remembers about devices, kept in the journal. */
export class IotRegistry {
  private readonly tables = new Map<string, Map<string, Tables[keyof Tables]>>()
  private readonly append: Append<Entry>

  constructor(cloud: Cloud) {
    this.append = cloud.journal.open<Entry>('iot', {
      apply: (entry) => this.apply(entry),
      snapshot: () => this.snapshot(),
    })
  }

  /** The value of a key, if it is there. */
  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined {
    return this.tables.get(table)?.get(key) as Tables[T] | undefined
  }

  /** Sets a value at once, and resolves when it would survive a crash; `undefined` deletes it. */
  async set<T extends keyof Tables>(table: T, key: string, value: Tables[T] | undefined): Promise<void> {
    const entry: Entry = value === undefined ? { table, key } : { table, key, value }
    this.apply(entry)
    await this.append(entry)
  }

  private apply({ table, key, value }: Entry): void {
    const entries = this.tables.get(table) ?? new Map()
    this.tables.set(table, entries)
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
  }

  private *snapshot(): Iterable<Entry> {
    for (const [table, entries] of this.tables)
      for (const [key, value] of entries) yield { table: table as keyof Tables, key, value }
  }
}
