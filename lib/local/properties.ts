import type { Resource } from './cloud.ts'

/** Stops the start when a resource uses a property that the local runtime would otherwise ignore silently. */
export function onlyProperties(resource: Resource, ...known: string[]): void {
  const unknown = Object.keys(resource.properties).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(
      `${resource.type} ${resource.stack}/${resource.logicalId} uses ${unknown.join(', ')}, which the local cloud does not implement`,
    )
}
