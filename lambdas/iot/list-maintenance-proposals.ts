import { Device } from '#domain/device'
import { MaintenanceProposal } from '#domain/maintenance-proposal'
import { listRecords } from '#kit'

export const handler = listRecords(MaintenanceProposal, 'maintenance-proposals', {
  worklist: { status: MaintenanceProposal.schema.shape.status },
  group: { deviceId: Device.id },
})
