import { type Json, Problem, until } from './api.ts'
import type { Day } from './day.ts'
import { suspect } from './plan.ts'
import { shipSuspect } from './shipping.ts'

/** How much of one lot or unit is at one place, in the words of the plan where it has one. */
export interface Whereabouts {
  readonly name: string
  readonly serial: boolean
  readonly kind: string
  readonly place: string
  readonly quantity: number
}

/** Mass balance of one lot or unit, as the API gives it. */
export interface Balance {
  readonly name: string
  readonly balanced: boolean
  /** Quantity by kind of place, and `born`. */
  readonly quantities: Readonly<Record<string, number>>
}

/** What the drill found while everything was frozen. */
export interface Findings {
  readonly recallId: string
  readonly title: string
  /** What was suspect, as `POST /recalls` takes it. */
  readonly seeds: Json
  readonly counts: {
    readonly lots: number
    readonly units: number
    readonly customers: number
    readonly suppliers: number
  }
  /** Lots and units by how sure it is that the suspicion holds for them. */
  readonly grades: Readonly<Record<'confirmed' | 'possible', number>>
  readonly secondsToFrozen: number
  readonly secondsToNotified: number
  readonly whereabouts: readonly Whereabouts[]
  readonly balances: readonly Balance[]
  /** Records of lots and units whose chain of facts is whole. */
  readonly intact: number
  readonly customers: readonly string[]
  /** What the API said when somebody tried to ship a suspect unit. */
  readonly refusal: string
}

/** Battery cells come under suspicion: everything they touch is frozen and everybody is told, as a drill. */
export async function drill(day: Day): Promise<string> {
  const known = day.diary.read().findings
  const found = known ?? (await suspicion(day))
  if (!known) day.diary.note({ findings: found })
  const asked = await acknowledgeAll(day, found.recallId)
  await close(day, found.recallId)
  return `${asked} parties have answered, the drill is closed, the frozen unit could leave`
}

async function suspicion(day: Day): Promise<Findings> {
  const { ids, people, signal } = day
  const seeds = { supplierLots: [{ supplierId: ids.of(suspect.supplier), supplierLot: suspect.supplierLot }] }
  const opened = await people.releaser.does('openRecall', 'drill', {
    title: `Battery cells of lot ${suspect.supplierLot} may leak`,
    reason: 'Yearly drill: the supplier reports electrolyte leaks 年度演练：供应商报告电解液泄漏',
    drill: true,
    seeds,
  })
  const recallId = opened[0]!.id
  const { recall, parties } = await until('everybody is notified', 60, signal, async () => {
    const answer = await people.releaser.asks('getRecall', { recallId })
    if (answer.recall.failure) throw new Error(`the recall failed: ${answer.recall.failure}`)
    return answer.recall.status === 'notified' ? answer : undefined
  })
  const refusal = await refusedShipment(day)
  const nodes = await scopeOf(day, recallId)
  const lots = nodes.filter(({ id }) => id.startsWith('lot_'))
  const since = (then: string) => (Date.parse(then) - Date.parse(recall.openedAt)) / 1000
  return {
    recallId,
    title: recall.title,
    seeds,
    counts: recall.counts,
    grades: { confirmed: graded(lots, 'confirmed'), possible: graded(lots, 'possible') },
    secondsToFrozen: since(recall.frozenAt),
    secondsToNotified: since(recall.notifiedAt),
    whereabouts: nodes.flatMap((node) => whereaboutsOf(day, node)),
    balances: await Promise.all(lots.map((node) => balanceOf(day, node))),
    intact: (await Promise.all(lots.map((node) => isIntact(day, node)))).filter(Boolean).length,
    customers: parties.filter(({ role }: Json) => role === 'customer').map((one: Json) => ids.nameOf(one.partnerId)),
    refusal,
  }
}

/** Frozen means frozen: the shipment must be refused with 422, and the API must say why. */
async function refusedShipment(day: Day): Promise<string> {
  try {
    await shipSuspect(day)
  } catch (error) {
    if (error instanceof Problem && error.status === 422 && error.code === 'stock-frozen')
      return error.message.replace(/\b[a-z]{3}_[0-9A-Z]{26}\b/g, (id) => day.ids.nameOf(id))
    throw error
  }
  throw new Error('a frozen unit could be shipped')
}

async function scopeOf({ people }: Day, recallId: string): Promise<Json[]> {
  const nodes: Json[] = []
  for (let page: number | undefined = 0; page !== undefined; ) {
    const answer: Json = await people.releaser.asks('getRecallScope', { recallId, page })
    nodes.push(...answer.nodes)
    page = answer.next
  }
  return nodes
}

const graded = (nodes: readonly Json[], grade: string) => nodes.filter((node) => node.grade === grade).length

const nameOf = ({ number, serial }: Json): string => serial ?? number

const whereaboutsOf = ({ ids }: Day, node: Json): Whereabouts[] =>
  node.places.map(({ place, kind, quantity }: Json) => ({
    ...{ name: nameOf(node), serial: node.serial !== undefined, kind, quantity },
    place: ids.nameOf(place),
  }))

async function balanceOf({ people }: Day, node: Json): Promise<Balance> {
  const { balanced, ...answer } = await people.releaser.asks('showMassBalance', { lotId: node.id })
  const quantities = Object.entries(answer).filter(([, value]) => typeof value === 'number')
  return { name: nameOf(node), balanced, quantities: Object.fromEntries(quantities) }
}

/** The auditor reads the whole history of a lot or unit; the API says whether its chain of hashes holds. */
async function isIntact({ people }: Day, { id }: Json): Promise<boolean> {
  const { intact, history } = await people.auditor.asks('showLot', { lotId: id })
  return intact && history.length > 0
}

async function acknowledgeAll({ ids, people }: Day, recallId: string): Promise<number> {
  const { parties } = await people.technician.asks('getRecall', { recallId })
  await Promise.all(
    parties.map(({ noticeId, partnerId }: Json) =>
      people.technician.does('acknowledgeNotice', ids.nameOf(partnerId), {
        noticeId,
        acknowledgedBy: 'Answered in the drill 演练应答',
      }),
    ),
  )
  return parties.length
}

async function close(day: Day, recallId: string): Promise<void> {
  await day.people.releaser.does('closeRecall', 'drill', {
    recallId,
    conclusion: 'All units found and every party reached 全部找到，各方均已联系',
  })
  await until('the freeze is lifted after the drill', 30, day.signal, async () => {
    try {
      return await shipSuspect(day)
    } catch (error) {
      if (error instanceof Problem && error.code === 'stock-frozen') return undefined
      throw error
    }
  })
}
