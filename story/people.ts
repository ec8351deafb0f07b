import type { Api, Person } from './api.ts'

/** Who works at the factory. Nobody releases what they received or made themselves. */
export interface People {
  readonly admin: Person
  readonly buyer: Person
  readonly receiver: Person
  readonly storekeeper: Person
  readonly inspector: Person
  readonly releaser: Person
  readonly operators: readonly [Person, Person]
  readonly shipper: Person
  readonly technician: Person
  readonly auditor: Person
}

/** Gives everybody a token for the one site; only the administrator's reaches beyond. */
export const peopleOf = (api: Api, admin: Person, siteId: string): People => {
  const of = (name: string, group: string) => api.person(name, [group], [siteId])
  return {
    admin,
    buyer: of('Pavel Horak', 'purchasing'),
    receiver: of('Wang Wei 王伟', 'warehouse'),
    storekeeper: of('Marta Silva', 'warehouse'),
    inspector: of('Zhao Min 赵敏', 'quality'),
    releaser: of('Ingrid Dahl', 'quality'),
    operators: [of('Liu Yang 刘洋', 'production'), of('Tom Becker', 'production')],
    shipper: of('Amina Diallo', 'logistics'),
    technician: of('Sun Lei 孙磊', 'service'),
    auditor: of('Grace Kim', 'auditor'),
  }
}
