import * as z from 'zod'
import { answerRefusals } from '#domain/answer-rules'
import { Lot } from '#domain/lot'
import { Notice, NoticePhotoKept } from '#domain/notice'
import { mostPhotos, PhotoData, photoRefusals } from '#domain/photo'
import { command } from '#kit'
import { decidePhoto, keepPhoto } from '#recall'

const data = '/9j/4AAQSkZJRgABAQAAAQABAAD'
const sha256 = 'a30f31a6a61325012e8c25deb3bd9b59dc9a2b4350b2b18e3c02dca9a87fea0b'
const kept = { shipped: [Lot.sample()], photo: { sha256, type: 'image/jpeg', bytes: 20 } } as const
const when = { noticeId: Notice.sample(), proof: 'signed', lotId: Lot.sample(), data }
const photo = { ...kept.photo, at: '2026-03-01T09:00:00.000Z' }

export const handler = command({
  summary: 'Keep a photo that shows what became of a lot, sent through the link of its notice; its hash is recorded.',
  route: 'POST /links/{noticeId}/{proof}/photos',
  link: true,
  input: z.strictObject({ noticeId: Notice.id, proof: z.string().max(60), lotId: Lot.id.optional(), data: PhotoData }),
  reads: { notice: Notice.at('noticeId') },
  emits: [NoticePhotoKept],
  refuses: {
    ...photoRefusals,
    'answer-final': answerRefusals['answer-final'],
    'lot-never-there': answerRefusals['lot-never-there'],
  },
  uses: ['scope', 'evidence'],
  perform: ({ notice }, input, ports) => keepPhoto(notice, input, ports),
  decide: ({ notice }, { lotId }, { now }, found) => decidePhoto(notice, lotId, found, now),
  examples: [
    { name: 'the destroyed pumps', given: { notice: Notice.like() }, when, performed: kept, then: ['NoticePhotoKept'] },
    {
      name: 'the same photo again changes nothing',
      given: { notice: Notice.like({ photos: [{ ...photo, lotId: Lot.sample() }] }) },
      when,
      performed: kept,
      then: [],
    },
    {
      name: 'a letter is no photo',
      given: { notice: Notice.like() },
      when: { ...when, data: 'JVBERi0xLjcKJeLjz9M' },
      performed: { ...kept, photo: undefined },
      then: { refused: 'photo-unreadable' },
    },
    {
      name: 'enough is enough',
      given: { notice: Notice.like({ photos: Array.from({ length: mostPhotos }, () => photo) }) },
      when,
      performed: kept,
      then: { refused: 'photos-enough' },
    },
    {
      name: 'a lot that was never shipped there',
      given: { notice: Notice.like() },
      when: { ...when, lotId: Lot.sample(2) },
      performed: kept,
      then: { refused: 'lot-never-there' },
    },
  ],
})
