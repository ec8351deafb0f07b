import { ProcessChange } from '#domain/process-change'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(ProcessChange, 'process-changes', {
  worklist: {},
  keys: { number: { number: Code } },
})
