import * as z from 'zod'
import { conflict, invalid, shared } from '#kit'
import { Instant } from './values.ts'

/** Photos that one notice may have. */
export const mostPhotos = 20

/** A photo as it travels: base64 of at most 3 MB, which is one request of the API. The page makes it smaller before. */
export const PhotoData = z.string().min(16).max(4_194_304)

export const PhotoType = z.enum(['image/jpeg', 'image/png', 'image/webp'])

/** A photo that shows what became of a lot; its name is the hash of its content. */
export const Photo = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  type: PhotoType,
  bytes: z.number().int(),
  lotId: z.string().optional(),
  at: Instant,
})
export type Photo = z.infer<typeof Photo>

/** How files of each type begin, in base64; what somebody says of a type is not believed. */
const beginnings: Readonly<Record<z.infer<typeof PhotoType>, RegExp>> = {
  'image/jpeg': /^\/9j\//,
  'image/png': /^iVBORw0KGgo/,
  'image/webp': /^UklGR.{8}XRUJQ|^UklGR.{6}V0VCUF/,
}

/** What kind of picture this is; undefined where it is none. */
export const photoTypeOf = (data: string) => PhotoType.options.find((type) => beginnings[type].test(data))

export const photoRefusals = shared({
  'photo-unreadable': invalid(
    'This is no photo: JPEG, PNG and WebP are taken. Send another file.',
    '该文件不是照片：仅接受 JPEG、PNG 和 WebP 格式。请更换文件。',
  ),
  'photos-enough': conflict(
    'This notice has {count} photos, and no more are kept. Send further ones to the contact of the notice.',
    '该通知已有 {count} 张照片，不再接收。如需补充，请发给通知联系人。',
  ),
})
