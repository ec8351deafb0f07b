import * as z from 'zod'
import { draftOf, mayNotify, NoticeDraft } from '#domain/approval'
import { Recall } from '#domain/recall'
import { canonical, query, sha256 } from '#kit'

export const handler = query({
  summary:
    'Show what the notices of a recall will say, of what and to how many, with the hash that their approver signs.',
  route: 'GET /recalls/{recallId}/notice-draft',
  roles: ['quality', 'auditor', 'admin'],
  input: z.strictObject({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  output: z.object({
    draft: NoticeDraft,
    /** SHA-256 of the draft, to be signed. */
    hash: z.string(),
    /** Whether what it says was approved already. */
    approved: z.boolean(),
  }),
  run: async ({ recall }) => {
    const draft = draftOf(recall)
    return { draft, hash: sha256(canonical(draft)), approved: mayNotify(recall) }
  },
})
