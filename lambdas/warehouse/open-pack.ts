import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Pack, PackOpened, PackTakenOut, packRefusals, packUnready } from '#domain/pack'
import { command } from '#kit'

const when = { packId: Pack.sample() }

export const handler = command({
  summary: 'Open a pack and put its lots and inner packs beside it; also when a recall has frozen them.',
  route: 'POST /packs/{packId}/opening',
  roles: ['warehouse', 'logistics'],
  input: z.strictObject({ packId: Pack.id, happenedAt: HappenedAt }),
  reads: { pack: Pack.at('packId'), inner: Pack.of('pack.packIds[]') },
  emits: [PackOpened, PackTakenOut],
  refuses: { ...packRefusals, ...happenedRefusals },
  decide: ({ pack }, { packId, happenedAt }, { now }) => {
    const { locationId, contents, packIds, packedAt } = pack
    return (
      packUnready(pack) ??
      notYet(happenedAt, now) ?? [
        PackOpened({ packId, locationId, contents, packIds, packedAt, openedAt: happenedAt ?? now }),
        ...packIds.map((inner) => PackTakenOut({ packId: inner, outerId: packId, locationId })),
      ]
    )
  },
  examples: [
    {
      name: 'a carton is opened',
      given: { pack: Pack.like() },
      stock: { lot_00000000000000000000000001: { [Pack.sample()]: 10 } },
      when,
      then: ['PackOpened'],
    },
    {
      name: 'a pallet is opened, its carton stays a carton',
      given: {
        pack: Pack.like({
          packIds: [Pack.sample(2)],
          contents: [{ ...Pack.like().contents[0]!, packId: Pack.sample(2) }],
        }),
        inner: [Pack.like({ number: 'CARTON-2', status: 'inside', outerId: Pack.sample() })],
      },
      when,
      then: ['PackOpened', 'PackTakenOut'],
    },
    {
      name: 'what has left cannot be opened here',
      given: { pack: Pack.like({ status: 'shipped' }) },
      when,
      then: { refused: 'pack-not-closed' },
    },
  ],
})
