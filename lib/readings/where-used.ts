import { Installation, type InstallationState } from '#domain/installation'
import type { Ports } from '#kit'

/** Where a unit is in use, or the customer who has it without its being in use anywhere. */
export interface Used {
  readonly installation?: { readonly installationId: string; readonly customerId: string }
  readonly unusedAt?: string
}

/** Where a unit is in use now, as its stock says. */
export async function whereUsed(lotId: string, table: Ports['table']): Promise<Used> {
  const places = (await table.balances(lotId)).map(({ place }) => place)
  const installationId = places.find((place) => place.startsWith(`${Installation.prefix}_`))
  const [stored] = installationId ? await table.states([{ entity: Installation, id: installationId }]) : []
  if (stored)
    return { installation: { installationId: stored.id, customerId: (stored.data as InstallationState).customerId } }
  const unusedAt = places.find((place) => place.startsWith('ptr_'))
  return unusedAt ? { unusedAt } : {}
}
