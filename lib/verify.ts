import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { dynamo, tableName } from './adapters/dynamo.ts'
import { GenealogyStore, latePlace, type PartName, type Place, segmentPlace } from './adapters/genealogy-store.ts'
import type { Item } from './adapters/items.ts'
import { discover, factsOf } from './discover.ts'
import { decodeDelta, encodeDelta } from './genealogy/delta.ts'
import type { Manifest } from './genealogy/manifest.ts'
import { decodeEdges, decodeParents } from './genealogy/segment.ts'
import { type Finding, findingsIn, type StoredPiece } from './genealogy/verify.ts'
import type { Edge, FactType } from './kit/entity.ts'
import { keys } from './kit/keys.ts'
import type { LedgerFact } from './kit/ledger.ts'
import type { StoredEdge } from './kit/ports.ts'
import { storedEdge } from './kit/settle.ts'

/** What was compared, and what was found. */
export interface Verdict {
  readonly facts: number
  readonly edges: number
  /** Segments and late runs. */
  readonly pieces: number
  readonly findings: readonly Finding[]
}

/**
 * Rebuilds the genealogy of a table from the facts of its ledger and compares; nothing is written. It reads the whole
 * table while others may write: what they add meanwhile can show as a finding that the next run does not have.
 */
export async function verifyGenealogy(root: string): Promise<Verdict> {
  const types = new Map(factsOf(await discover(root)).map((fact) => [fact.type, fact]))
  const store = new GenealogyStore(dynamo, tableName)
  const { manifest, tail: last } = await store.head()
  const [log, tail, pieces] = await Promise.all([
    store.recorded(0, last),
    store.recorded(manifest.sealed, last),
    piecesOf(store, manifest),
  ])
  const known = new Set<string>()
  const lots: string[] = []
  const ledger: StoredEdge[] = []
  let facts = 0
  for await (const item of everything()) {
    if (item.sk === keys.state && typeof item.id === 'string') known.add(item.id)
    if (item.sk === keys.state && item.pk.startsWith(keys.lot(''))) lots.push(item.id as string)
    if (!item.fact) continue
    facts += 1
    ledger.push(...edgesOf(item.fact as LedgerFact, types))
  }
  return {
    facts,
    edges: ledger.length,
    pieces: pieces.length,
    findings: findingsIn({ ledger, log, tail, pieces, known, lots }),
  }
}

function edgesOf(
  { type, entityId, version, at, data }: LedgerFact,
  types: ReadonlyMap<string, FactType>,
): StoredEdge[] {
  const drawn: readonly Edge[] = types.get(type)?.edges?.(data) ?? []
  if (drawn.length === 0) return []
  // Through the form of the log, so that times and absent fields are written alike.
  return decodeDelta(encodeDelta(drawn.map((edge) => storedEdge(edge, at, { entityId, version }))))
}

/** Every item of the table that says something of a fact or a state, strongly consistent. */
async function* everything(): AsyncGenerator<Item> {
  let from: Record<string, unknown> | undefined
  do {
    const page = await dynamo.send(
      new ScanCommand({
        ...{ TableName: tableName(), ConsistentRead: true, ExclusiveStartKey: from },
        FilterExpression: 'sk = :state OR begins_with(sk, :fact)',
        ExpressionAttributeValues: { ':state': keys.state, ':fact': keys.factPrefix },
      }),
    )
    yield* (page.Items ?? []) as Item[]
    from = page.LastEvaluatedKey
  } while (from)
}

async function piecesOf(store: GenealogyStore, { segments, late }: Manifest): Promise<StoredPiece[]> {
  const wanted = [
    ...segments.flatMap((entry, segment) =>
      entry
        ? [{ segment, name: `segment ${segment}`, at: (part: PartName) => segmentPlace(segment, entry, part) }]
        : [],
    ),
    ...late.map((entry) => ({
      ...{ segment: undefined, name: `late run ${entry.slot}`, at: (part: PartName) => latePlace(entry, part) },
    })),
  ].map(({ at, ...rest }) => ({ ...rest, parents: at('parents'), edges: at('rest') }))
  const found = await store.parts(wanted.flatMap(({ parents, edges }) => [parents, edges]))
  return wanted.map(({ segment, name, parents, edges }) => ({
    segment,
    name,
    content: contentOf(found, parents, edges),
  }))
}

function contentOf(found: ReadonlyMap<Place, Uint8Array>, parentsAt: Place, edgesAt: Place): StoredPiece['content'] {
  const [parents, edges] = [found.get(parentsAt), found.get(edgesAt)]
  if (!parents || !edges) return undefined
  return { stored: { parents, edges }, piece: decodeEdges(edges, decodeParents(parents)) }
}
