import { Device } from '#domain/device'
import { ageMetric, MaintenanceProposal, MaintenanceProposed } from '#domain/maintenance-proposal'
import { bornBy, ServiceOrder, ServiceOrderOpened } from '#domain/service-order'
import { Site } from '#domain/site'
import { reaction } from '#kit'
import { lastHours } from '#readings'

const { status: _, settledAt: __, ...shown } = MaintenanceProposal.like()

export const handler = reaction({
  summary: 'Open a service order for a device that is on its way to failure, as its maintenance proposal says.',
  on: [MaintenanceProposed],
  input: MaintenanceProposed.schema,
  reads: { device: Device.at('deviceId'), site: Site.of('device.siteId') },
  emits: [ServiceOrderOpened],
  refuses: {},
  uses: ['table', 'series'],
  perform: (_, { deviceId }, ports, { now }) => lastHours(deviceId, ports, now),
  decide: (
    { device, site },
    { maintenanceProposalId: reference, metric, wear, why, proposedAt },
    { now, newId },
    told,
  ) => {
    const isOld = metric === ageMetric
    return ServiceOrderOpened({
      ...{ serviceOrderId: newId(ServiceOrder), deviceId: device.id, siteId: device.siteId, ...bornBy(device) },
      title: `${device.name}: ${isOld ? 'it is as old as its kind gets' : `${metric} is on its way to failure`}`.slice(
        0,
        200,
      ),
      ...{ skill: device.kind, region: site.country, ...told },
      wantedParts: isOld && wear?.itemId ? [{ itemId: wear.itemId, quantity: 1 }] : [],
      cause: { kind: 'proposal', reference, at: proposedAt, why },
      ...{ openedAt: now, openedBy: 'lotline' },
    })
  },
  examples: [
    {
      name: 'a bearing wears',
      given: { device: Device.like({ thingType: 'machine' }), site: Site.like() },
      when: { maintenanceProposalId: MaintenanceProposal.sample(), ...shown },
      performed: { diagnosis: [] },
      then: ['ServiceOrderOpened'],
    },
  ],
})
