import { ServicePlan } from '#domain/service-plan'
import { showRecord } from '#kit'

export const handler = showRecord(ServicePlan, 'service-plans')
