import * as z from 'zod'
import type { Entity } from '#kit'
import { Equipment } from './equipment.ts'
import { Installation } from './installation.ts'
import { Location } from './location.ts'
import { Lot } from './lot.ts'
import { Order } from './order.ts'
import { Pack } from './pack.ts'
import { Partner } from './partner.ts'
import { ProcessChange } from './process-change.ts'
import { Shipment } from './shipment.ts'
import { SupplierLot } from './supplier-lot.ts'

/** Everything that a trace can begin at or come to. */
const nodeEntities: readonly Entity[] = [
  Lot,
  Order,
  Pack,
  Shipment,
  Installation,
  Equipment,
  ProcessChange,
  SupplierLot,
]
const byPrefix = new Map(nodeEntities.map((entity) => [entity.prefix, entity]))
const names = nodeEntities.map(({ name, prefix }) => `${name} (${prefix}_...)`).join(', ')

/** Id of any node of the genealogy. */
export const NodeId = z
  .string()
  .regex(new RegExp(`^(${[...byPrefix.keys()].join('|')})_[0-9A-HJKMNP-TV-Z]{26}$`), `must be the id of a ${names}`)

/** What kind of thing a node is, by its id. */
export const entityOfNode = (id: string): Entity | undefined => byPrefix.get(id.slice(0, 3))

/** What kind of thing a place of stock is, by its id; undefined for a word such as `scrapped`. */
export const entityOfPlace = (place: string): Entity | undefined =>
  [Location, Partner].find(({ prefix }) => place.startsWith(`${prefix}_`)) ?? entityOfNode(place)
