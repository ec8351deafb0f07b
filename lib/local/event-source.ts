import type { Cloud, Resource } from './cloud.ts'
import { matches } from './event-pattern.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'

const SOURCES = ['dynamodb', 'sqs']

/** Event source mappings of one kind of source, told by the source's ARN; a kind that no service reads stops the start. */
export function mappingsFrom(cloud: Cloud, source: 'dynamodb' | 'sqs'): Resource[] {
  for (const { logicalId, properties } of cloud.ofType('AWS::Lambda::EventSourceMapping'))
    if (!SOURCES.includes(String(properties.EventSourceArn).split(':')[2]!))
      throw new Error(
        `event source mapping ${logicalId} reads ${properties.EventSourceArn}, which the local cloud does not`,
      )
  return cloud
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.Enabled !== false && properties.EventSourceArn.split(':')[2] === source)
}

/** Stops the start at a mapping that uses what is not implemented for its source. */
export function assertMapping(mapping: Resource, ...properties: string[]): void {
  onlyProperties(
    mapping,
    'BatchSize',
    'Enabled',
    'EventSourceArn',
    'FilterCriteria',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'Tags',
    ...properties,
  )
}

/** Whether a record passes the mapping's filters; one of them is enough. */
export function passes(mapping: Resource, record: Json): boolean {
  const filters: Json[] | undefined = mapping.properties.FilterCriteria?.Filters
  return !filters || filters.length === 0 || filters.some((filter) => matches(filter.Pattern, record))
}

/**
 * Ids of the records that the function reports as failed (`ReportBatchItemFailures`), or all of them when its answer
 * makes no sense, as Lambda does. Empty when the whole batch is done.
 */
export function failedItems(mapping: Resource, result: unknown, ids: readonly string[]): readonly string[] {
  if (!mapping.properties.FunctionResponseTypes?.includes('ReportBatchItemFailures')) return []
  const failures = (result as Json)?.batchItemFailures
  if (failures === undefined || failures === null) return []
  if (!Array.isArray(failures)) return ids
  const failed = failures.map((each) => each?.itemIdentifier)
  return failed.every((id) => ids.includes(id)) ? failed : ids
}
