import type { Discovered } from '../discover.ts'
import { type Entity, type FactType, makesNodes } from '../kit/entity.ts'
import { entityKey, keys } from '../kit/keys.ts'
import type { PortName } from '../kit/ports.ts'
import type { Read } from '../kit/reads.ts'

/** DynamoDB actions (without `dynamodb:`) on items whose partition keys look like these; on an index where one is named. */
export interface TableAccess {
  readonly actions: readonly string[]
  readonly keys: readonly string[]
  readonly index?: 'worklist' | 'group'
}

const get = ['GetItem', 'BatchGetItem']
const read = [...get, 'Query']
const own = (entity: Entity) => entityKey(entity, '*')
const epoch = 'EPOCH#*'
const frozen = 'FROZEN#*'
const genealogy = 'GENEALOGY#*'
const scope = 'RECALL#*'
const messages = 'MESSAGE#*'

/** What each port does with the table; ports that are not here do not touch it. */
const ports: Partial<Record<PortName, (entities: readonly Entity[]) => TableAccess[]>> = {
  table: (entities) => [
    { actions: read, keys: entities.map(own) },
    { actions: get, keys: ['KEY#*', epoch, frozen] },
    { actions: ['Query'], keys: [...entities.map(own), keys.at('*')], index: 'worklist' },
    { actions: ['Query'], keys: [...entities.map(own), keys.stockOf('*')], index: 'group' },
  ],
  sealer: () => [
    { actions: ['BatchGetItem', 'Query'], keys: [genealogy] },
    // Not the tails: they are the edge log, from which all the rest can be made anew.
    { actions: ['PutItem'], keys: ['GENEALOGY#SEGMENT#*', 'GENEALOGY#LATE#*', keys.manifest] },
    { actions: ['UpdateItem'], keys: [keys.sealer] },
    { actions: ['GetItem', 'BatchGetItem', 'UpdateItem'], keys: [epoch] },
  ],
  genealogy: () => [
    { actions: ['BatchGetItem', 'Query'], keys: [genealogy] },
    { actions: get, keys: [epoch] },
  ],
  freezer: () => [
    { actions: ['GetItem', 'UpdateItem'], keys: [epoch] },
    { actions: [...get, 'UpdateItem'], keys: [frozen] },
    { actions: get, keys: [keys.numbers] },
  ],
  scope: () => [{ actions: ['Query', 'BatchWriteItem', 'PutItem'], keys: [scope] }],
  mail: () => [{ actions: ['PutItem', 'DeleteItem'], keys: [messages] }],
  sms: () => [{ actions: ['PutItem', 'DeleteItem'], keys: [messages] }],
  receipts: () => [{ actions: ['BatchWriteItem'], keys: [messages] }],
}

/**
 * Everything that a function may do with the table, derived from its spec: what it reads, which facts it can cause,
 * and the ports it names. `entities` are all of the product, which the port `table` may list.
 */
export function tableAccess({ spec, dispatched }: Discovered, entities: readonly Entity[]): TableAccess[] {
  const reads = Object.values(spec.reads as Record<string, Read>)
  const of = (whole: boolean) => reads.filter((one) => one.isWhole === whole).map((one) => own(one.entity))
  const states = [
    { actions: get, keys: of(false) },
    { actions: ['Query'], keys: of(true) },
    { actions: get, keys: reads.flatMap(({ entity, keys: by }) => (by ? [keys.unique(entity, by.field, '*')] : [])) },
  ]
  const forPorts = (spec.uses ?? []).flatMap((port) => ports[port]?.(entities) ?? [])
  const all =
    spec.kind === 'query'
      ? [...states, ...forPorts.map(onlyReads)]
      : [...states, ...writes(spec.emits, reads), ...answers(spec), ...signIns(spec), ...forPorts]
  return [...all.filter(({ keys }) => keys.length > 0), ...dispatched.flatMap((one) => tableAccess(one, entities))]
}

/** A question changes nothing, whatever else its ports could do. */
const onlyReads = (access: TableAccess): TableAccess => ({
  ...access,
  actions: access.actions.filter((action) => read.includes(action)),
})

/** The items of the transaction that `settle` makes of these facts, and what it has to read for it. */
function writes(facts: readonly FactType[], reads: readonly Read[]): TableAccess[] {
  if (facts.length === 0) return []
  const stock = facts.some((fact) => fact.stock)
  const edges = facts.some((fact) => fact.edges)
  const guarded = edges || reads.some((one) => one.mustBeFree)
  const unique = facts.filter((fact) => Object.keys(fact.entity.unique).length > 0)
  return [
    { actions: ['PutItem'], keys: facts.map((fact) => own(fact.entity)) },
    { actions: ['ConditionCheckItem'], keys: reads.map((one) => own(one.entity)) },
    { actions: ['PutItem', 'DeleteItem'], keys: unique.map((fact) => keys.unique(fact.entity, '*', '*')) },
    { actions: ['UpdateItem'], keys: makesNodes(facts) ? [keys.numbers] : [] },
    { actions: ['UpdateItem'], keys: stock ? [keys.lot('*')] : [] },
    { actions: ['PutItem'], keys: edges ? ['GENEALOGY#TAIL#*'] : [] },
    { actions: ['UpdateItem'], keys: edges ? [frozen] : [] },
    { actions: get, keys: guarded ? [frozen, epoch] : [] },
    { actions: ['ConditionCheckItem'], keys: guarded ? [epoch] : [] },
    // Commands that draw edges are counted where the epoch is checked.
    { actions: ['UpdateItem'], keys: edges ? [epoch] : [] },
  ]
}

/** Doors that take an idempotency key keep the answer they gave; see `serve`. */
function answers(spec: Exclude<Discovered['spec'], { kind: 'query' }>): TableAccess[] {
  const keyed = spec.kind === 'command' || (spec.kind === 'reaction' && (Array.isArray(spec.on) || spec.once))
  if (!keyed) return []
  return [{ actions: spec.emits.length > 0 ? [...get, 'PutItem'] : get, keys: [keys.answer('*')] }]
}

/** A sign-in that has signed is written down, so that it signs once. */
const signIns = (spec: Discovered['spec']): TableAccess[] =>
  'signs' in spec && spec.signs ? [{ actions: ['PutItem'], keys: [keys.signIn('*', '*')] }] : []
