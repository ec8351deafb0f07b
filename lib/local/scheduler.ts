import type { Cloud, Resource, Service } from './cloud.ts'
import { onlyProperties } from './properties.ts'
import { parseSchedule } from './schedule-expression.ts'
import { assertTarget, deliver } from './targets.ts'
import { type Appointment, Timetable } from './timetable.ts'

let timetable: Timetable | undefined
let appointments: Appointment[] = []

/** EventBridge Scheduler: the schedules of the template, in UTC. */
export const scheduler: Service = {
  name: 'scheduler',
  types: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],

  async start(cloud) {
    appointments = cloud
      .ofType('AWS::Scheduler::Schedule')
      .filter(({ properties }) => properties.State !== 'DISABLED')
      .map((resource) => appointment(cloud, resource))
    timetable = new Timetable(cloud, 'scheduler')
  },

  resume() {
    for (const each of appointments) timetable?.keep(each)
  },

  async stop() {
    timetable?.stop()
  },
}

function appointment(cloud: Cloud, resource: Resource): Appointment {
  onlyProperties(
    resource,
    'Description',
    'FlexibleTimeWindow',
    'GroupName',
    'KmsKeyArn',
    'Name',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'State',
    'Target',
  )
  const { properties, ref } = resource
  if (!['UTC', 'Etc/UTC'].includes(properties.ScheduleExpressionTimezone ?? 'UTC'))
    throw new Error(
      `schedule ${ref} is in ${properties.ScheduleExpressionTimezone}; the local cloud runs schedules in UTC only`,
    )
  const { Arn, Input } = properties.Target
  assertTarget(cloud, Arn, `schedule ${ref}`)
  return {
    name: ref,
    schedule: parseSchedule(properties.ScheduleExpression),
    run: () => deliver(cloud, Arn, Input === undefined ? {} : JSON.parse(Input)),
  }
}
