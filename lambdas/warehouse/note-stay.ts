import { Item, type ItemState } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { MovingFacts, movesOf, movingFacts, noteMove, Stay, StayBegan, StayChanged } from '#domain/stay'
import { reaction } from '#kit'

const [lotId, itemId, from, to] = [Lot.sample(), Item.sample(), Location.sample(), Location.sample(2)]
const moved = (hash: string, quantity: number) => ({
  ...{ type: 'LotMoved', at: '2026-03-02T07:00:00.000Z', hash },
  data: { lotId, itemId, quantity, unit: 'each', from, to },
})
const some = { facts: [moved('77aa0de25f2b0c', 30), moved('0c91d2b7e55aa3', 12)] }

export const handler = reaction({
  summary:
    'Note where lots with a storage range are and were, and since when, so that what their places bore is theirs.',
  on: { gathered: movingFacts },
  input: MovingFacts,
  reads: { stays: Stay.by('place', (input: typeof some) => movesOf(input)).orAbsent() },
  emits: [StayBegan, StayChanged],
  refuses: {},
  uses: ['table'],
  perform: async (_, facts, { table }) => {
    const itemIds = [...new Set(movesOf(facts).map((move) => move.itemId))]
    const items = await table.states(itemIds.map((id) => ({ entity: Item, id })))
    return items.flatMap((item) => ((item?.data as ItemState | undefined)?.storage ? [item!.id] : []))
  },
  decide: ({ stays }, facts, { newId }, followed) =>
    movesOf(facts).flatMap((move, index) =>
      followed.includes(move.itemId) ? noteMove(move, stays[index], () => newId(Stay)) : [],
    ),
  examples: [
    {
      name: 'some of a lot goes to another cold room, twice',
      given: { stays: [{ ...Stay.like(), id: Stay.sample() }] },
      when: some,
      performed: [itemId],
      then: ['StayChanged', 'StayBegan'],
    },
    { name: 'what needs no range is not followed', given: {}, when: some, performed: [], then: [] },
  ],
})
