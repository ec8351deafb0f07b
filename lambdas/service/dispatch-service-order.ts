import * as z from 'zod'
import { type Candidate, fits } from '#domain/dispatch'
import { ServiceOrder, ServiceOrderDispatched, serviceOrderEnded, serviceOrderRefusals } from '#domain/service-order'
import { Technician } from '#domain/technician'
import { command, refuse, refused } from '#kit'
import { candidates } from '#readings'

const technicianId = Technician.sample()
const best: Candidate = {
  ...{ technicianId, code: 'T-07', name: 'Ines Kraft', hasSkill: true, inRegion: true, missing: [] },
}
const order = ServiceOrder.like()
const battery = { itemId: 'itm_00000000000000000000000001', quantity: 1 }
const when = { serviceOrderId: ServiceOrder.sample() }

export const handler = command({
  summary: 'Send a technician: the one named, or the best by skill, region and parts on hand.',
  route: 'POST /service-orders/{serviceOrderId}/dispatch',
  roles: ['service'],
  input: z.strictObject({ serviceOrderId: ServiceOrder.id, technicianId: Technician.id.optional() }),
  reads: { order: ServiceOrder.at('serviceOrderId'), technician: Technician.at('technicianId').optional() },
  emits: [ServiceOrderDispatched],
  refuses: {
    ...serviceOrderRefusals,
    'technician-unfit': refused(
      'Technician {code} is not trained for {skill}, does not work in {region}, or left. Choose another, or change the technician.',
      '技术员 {code} 未受训于 {skill}、不在 {region} 工作或已离职。请另选，或修改技术员资料。',
    ),
    'technician-lacking': refused(
      'Nobody is trained for {skill} and works in {region}. Define a technician, or open the order with another skill or region.',
      '没有受训于 {skill} 且在 {region} 工作的技术员。请定义技术员，或以其他技能或地区开立服务单。',
    ),
  },
  uses: ['table'],
  perform: ({ order }, _, { table }, { now }) => candidates(order, table, now),
  decide: ({ order, technician }, { serviceOrderId, technicianId }, { now, actor }, found) => {
    const ended = serviceOrderEnded(order)
    if (ended) return ended
    const { skill = '-', region = '-' } = order
    const chosen = technicianId ? found.find((one) => one.technicianId === technicianId) : found[0]
    if (!technicianId && !(chosen && fits(chosen))) return refuse('technician-lacking', { skill, region })
    if (!chosen || !fits(chosen)) return refuse('technician-unfit', { code: technician?.code, skill, region })
    const { missing } = chosen
    return ServiceOrderDispatched({
      ...{ serviceOrderId, technicianId: chosen.technicianId, missing, by: actor.sub, dispatchedAt: now },
    })
  },
  examples: [
    { name: 'the best one goes', given: { order }, when, performed: [best], then: ['ServiceOrderDispatched'] },
    {
      name: 'who is named goes, without the part',
      given: { order: ServiceOrder.like({ wantedParts: [battery] }), technician: Technician.like() },
      when: { ...when, technicianId },
      performed: [{ ...best, missing: [battery] }],
      then: ['ServiceOrderDispatched'],
    },
    {
      name: 'who is not trained does not go',
      given: { order, technician: Technician.like({ skills: ['ventilator'] }) },
      when: { ...when, technicianId },
      performed: [{ ...best, hasSkill: false }],
      then: { refused: 'technician-unfit' },
    },
    {
      name: 'nobody fits',
      given: { order: ServiceOrder.like({ skill: 'laser' }) },
      when,
      performed: [],
      then: { refused: 'technician-lacking' },
    },
    {
      name: 'what is done needs nobody',
      given: { order: ServiceOrder.like({ status: 'done', endedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      performed: [],
      then: { refused: 'service-order-ended' },
    },
  ],
})
