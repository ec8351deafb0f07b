import { MaintenanceProposal } from '#domain/maintenance-proposal'
import { showRecord } from '#kit'

export const handler = showRecord(MaintenanceProposal, 'maintenance-proposals')
