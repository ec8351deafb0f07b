export {
  type Actor,
  type Command,
  type Context,
  command,
  type Query,
  query,
  type Reaction,
  type Role,
  reaction,
  type Spec,
  type Task,
  task,
} from './command.ts'
export { type Dispatch, dispatch } from './dispatch.ts'
export { type Edge, type Entity, entity, type Fact, type FactType, type Loaded, type StockMove } from './entity.ts'
export {
  absent,
  conflict,
  forbidden,
  invalid,
  isRefusal,
  type Refusal,
  type RefusalText,
  refuse,
  refused,
  shared,
} from './errors.ts'
export { shardOf } from './keys.ts'
export { brokenAt, canonical, type LedgerFact, sha256, stableId } from './ledger.ts'
export { numberOf } from './node.ts'
export type {
  AffectedNode,
  AffectedParty,
  Mail,
  PortName,
  Ports,
  Receipt,
  Sample,
  ScopeChange,
  Sending,
  StoredEdge,
  TextMessage,
} from './ports.ts'
export type { StatesOf } from './reads.ts'
export {
  asRecord,
  Cursor,
  everyone,
  listAll,
  listRecords,
  recordOf,
  SignatureView,
  StockPage,
  showRecord,
} from './records.ts'
export { exact } from './settle.ts'
export type { Block, Cell, Sheet, Symbol2d } from './sheet.ts'
export type { Meaning, Signature } from './signature.ts'
export type { Balance, Stored } from './table.ts'
export { TimeZone } from './time-zone.ts'
export type { Genealogy, Grade, Reached, Traced, TracedNode, TracePosition, TraceRequest, TraceSeed } from './trace.ts'
