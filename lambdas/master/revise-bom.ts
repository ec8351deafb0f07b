import * as z from 'zod'
import { Bom, BomDefined, BomLine } from '#domain/bom'
import { Item, ItemBomRevised } from '#domain/item'
import { unitMismatch, unitRefusals } from '#domain/lot'
import { Code, Quantity } from '#domain/values'
import { command, refuse, refused } from '#kit'

export const handler = command({
  summary: 'Give an item a new revision of its bill of materials, which new orders use from now on.',
  route: 'POST /items/{itemId}/boms',
  roles: ['admin', 'production'],
  input: z.strictObject({
    itemId: Item.id,
    revision: Code,
    per: Quantity.default(1),
    lines: z
      .array(BomLine.extend({ itemId: Item.id }))
      .min(1)
      .max(60),
  }),
  reads: { item: Item.at('itemId'), components: Item.at('lines[].itemId') },
  uses: ['table'],
  emits: [BomDefined, ItemBomRevised],
  refuses: {
    ...unitRefusals,
    'bom-contains-itself': refused(
      'Item {code} would be made of itself by way of its components. Remove the line that leads back to it.',
      '物料 {code} 经其组件又包含自身。请删除造成循环的行。',
    ),
  },
  perform: async (_, { itemId, lines }, { table }) => {
    const reached = new Set<string>()
    let level = lines.map((line) => line.itemId)
    while (level.length > 0) {
      for (const id of level) reached.add(id)
      const items = await table.states(level.map((id) => ({ entity: Item, id })))
      const bomIds = items.flatMap((item) => (typeof item?.data.bomId === 'string' ? [item.data.bomId] : []))
      const boms = await table.states(bomIds.map((id) => ({ entity: Bom, id })))
      const below = boms.flatMap((bom) => Bom.schema.parse(bom?.data).lines.map((line) => line.itemId))
      level = [...new Set(below)].filter((id) => !reached.has(id))
    }
    return { circular: reached.has(itemId) }
  },
  decide: ({ item, components }, { itemId, revision, per, lines }, { newId }, { circular }) => {
    if (circular) return refuse('bom-contains-itself', { code: item.code })
    const wrong = lines
      .map((line, index) => unitMismatch({ number: components[index]!.code, unit: components[index]!.unit }, line.unit))
      .find((refusal) => refusal !== undefined)
    if (wrong) return wrong
    const bomId = newId(Bom)
    return [BomDefined({ bomId, itemId, revision, per, lines }), ItemBomRevised({ itemId, bomId, revision })]
  },
  examples: [
    {
      name: 'a pump is made of two valves',
      given: { item: Item.like(), components: [Item.like({ code: 'VALVE-2', kind: 'component' })] },
      performed: { circular: false },
      when: { itemId: Item.sample(), revision: 'B', lines: [{ itemId: Item.sample(2), quantity: 2, unit: 'each' }] },
      then: ['BomDefined', 'ItemBomRevised'],
    },
    {
      name: 'nothing is made of itself',
      given: { item: Item.like(), components: [Item.like()] },
      performed: { circular: true },
      when: { itemId: Item.sample(), revision: 'C', lines: [{ itemId: Item.sample(), quantity: 1, unit: 'each' }] },
      then: { refused: 'bom-contains-itself' },
    },
    {
      name: 'a component keeps its unit',
      given: { item: Item.like(), components: [Item.like({ code: 'RESIN', kind: 'material', unit: 'kg' })] },
      performed: { circular: false },
      when: { itemId: Item.sample(), revision: 'D', lines: [{ itemId: Item.sample(2), quantity: 20, unit: 'g' }] },
      then: { refused: 'unit-mismatch' },
    },
  ],
})
