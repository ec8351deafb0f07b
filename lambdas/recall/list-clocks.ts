import { Clock } from '#domain/clock'
import { Recall } from '#domain/recall'
import { listRecords } from '#kit'

export const handler = listRecords(Clock, 'clocks', {
  worklist: { status: Clock.schema.shape.status },
  group: { recallId: Recall.id },
})
