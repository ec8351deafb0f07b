import * as z from 'zod'
import { Notice } from '#domain/notice'
import { Photo, PhotoType } from '#domain/photo'
import { query, refuse } from '#kit'

export const handler = query({
  summary: 'Show a photo that a party sent with its answer; its name is the SHA-256 of its content.',
  route: 'GET /notices/{noticeId}/photos/{sha256}',
  roles: ['quality', 'service', 'auditor', 'admin'],
  input: z.strictObject({ noticeId: Notice.id, sha256: Photo.shape.sha256 }),
  reads: { notice: Notice.at('noticeId') },
  uses: ['evidence'],
  refuses: ['entity-unknown'],
  output: z.object({
    type: PhotoType,
    /** Base64. */
    data: z.string(),
  }),
  run: async ({ notice }, { noticeId, sha256 }, { evidence }) => {
    const photo = notice.photos.find((one) => one.sha256 === sha256)
    if (!photo) return refuse('entity-unknown', { name: 'photo', id: sha256, field: 'sha256' })
    return { type: photo.type, data: await evidence.read(noticeId, sha256) }
  },
})
