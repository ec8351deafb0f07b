import { Item, type ItemState } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { MovingFact, movesOf, movingFacts, noteMove, Stay, StayBegan, StayChanged } from '#domain/stay'
import { reaction } from '#kit'

const [lotId, itemId, from, to] = [Lot.sample(), Item.sample(), Location.sample(), Location.sample(2)]
const moved = {
  ...{ type: 'LotMoved', at: '2026-03-02T07:00:00.000Z', hash: '77aa0de25f2b0c' },
  data: { lotId, itemId, quantity: 30, unit: 'each', from, to },
}

export const handler = reaction({
  summary:
    'Note where lots with a storage range are and were, and since when, so that what their places bore is theirs.',
  on: movingFacts,
  whole: true,
  input: MovingFact,
  reads: { stays: Stay.by('place', (fact: typeof moved) => movesOf(fact)).orAbsent() },
  emits: [StayBegan, StayChanged],
  refuses: {},
  uses: ['table'],
  perform: async (_, fact, { table }) => {
    const itemIds = [...new Set(movesOf(fact).map((move) => move.itemId))]
    const items = await table.states(itemIds.map((id) => ({ entity: Item, id })))
    return items.flatMap((item) => ((item?.data as ItemState | undefined)?.storage ? [item!.id] : []))
  },
  decide: ({ stays }, fact, { newId }, followed) =>
    movesOf(fact).flatMap((move, index) =>
      followed.includes(move.itemId) ? noteMove(move, stays[index], () => newId(Stay)) : [],
    ),
  examples: [
    {
      name: 'some of a lot goes to another cold room',
      given: { stays: [{ ...Stay.like(), id: Stay.sample() }] },
      when: moved,
      performed: [itemId],
      then: ['StayChanged', 'StayBegan'],
    },
    { name: 'what needs no range is not followed', given: {}, when: moved, performed: [], then: [] },
  ],
})
