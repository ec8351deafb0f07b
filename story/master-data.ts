import type { Api, Json } from './api.ts'
import { type Day, dayIn } from './day.ts'
import type { Ids } from './ids.ts'
import { type People, peopleOf } from './people.ts'
import { boms, deviceKind, equipment, hospitals, items, locations, site, suppliers } from './plan.ts'

/** Opens the site, for which everybody then gets a token. */
export async function openSite(api: Api, ids: Ids): Promise<People> {
  const admin = api.person('Ada Wagner', ['admin'])
  const [born] = await admin.does('defineSite', site.code, site)
  return peopleOf(api, admin, ids.keep(site.code, born!.id))
}

/** Defines what the factory has, makes, buys and sells, and who its partners are. */
export async function masterData(day: Day): Promise<string> {
  const { people, ids } = day
  const siteId = ids.of(site.code)
  const define = async (operation: string, code: string, input: Json) => {
    const [born] = await people.admin.does(operation, code, { code, ...input })
    ids.keep(code, born!.id)
  }
  await Promise.all([
    ...locations.map((one) => define('defineLocation', one.code, { siteId, ...one })),
    ...equipment.map((one) => define('defineEquipment', one.code, { siteId, ...one, calibrationDue: dayIn(day, 30) })),
    define('defineDeviceKind', deviceKind.code, deviceKind),
    ...items.map((one) => define('defineItem', one.code, one)),
    ...suppliers.map((one) => define('definePartner', one.code, partner(one, 'supplier'))),
    ...hospitals.map((one) => define('definePartner', one.code, partner(one, 'customer'))),
  ])
  // Innermost first: each revision refers to the items below it.
  for (const { item, lines } of boms)
    await people.admin.does('reviseBom', item, {
      itemId: ids.of(item),
      revision: 'A',
      lines: Object.entries(lines).map(([code, quantity]) => ({ itemId: ids.of(code), quantity, unit: 'each' })),
    })
  return `${items.length} items, ${suppliers.length} suppliers, ${hospitals.length} hospitals`
}

const partner = (one: { readonly code: string }, role: 'supplier' | 'customer'): Json => ({
  ...one,
  roles: [role],
  contacts: [
    {
      name: role === 'supplier' ? 'Quality department' : 'Medical engineering',
      email: `recalls@${one.code.toLowerCase()}.example`,
      phone: '+00 000 0000',
    },
  ],
})
