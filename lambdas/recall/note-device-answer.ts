import { DeviceCommand, DeviceCommandEnded, DeviceCommandRequested } from '#domain/device-command'
import { commandIdOf, DeviceAnswered, DeviceAskedAgain, DeviceNotice, patienceMs } from '#domain/device-notice'
import { Recall } from '#domain/recall'
import { reaction } from '#kit'

const command = DeviceCommand.like({
  parameters: { recall: Recall.sample(), notice: DeviceNotice.sample() },
  status: 'succeeded',
})
const recall = Recall.like({ drill: false, status: 'notified' })
const when = {
  ...{ deviceCommandId: DeviceCommand.sample(), deviceId: command.deviceId, action: 'lock' },
  ...{ status: 'succeeded' as const, endedAt: '2026-03-01T09:00:00.000Z' },
}

export const handler = reaction({
  summary: 'Write down that a recalled unit stopped or refused to; one that was silent for a week is asked again.',
  on: [DeviceCommandEnded],
  input: DeviceCommandEnded.schema,
  reads: {
    command: DeviceCommand.at('deviceCommandId'),
    notice: DeviceNotice.of('command.parameters.notice').orAbsent(),
    recall: Recall.of('command.parameters.recall').orAbsent(),
  },
  emits: [DeviceAnswered, DeviceAskedAgain, DeviceCommandRequested],
  refuses: {},
  decide: ({ command, notice, recall }, { deviceId, status, answer, endedAt }, { now }) => {
    if (!notice || notice.deviceId !== deviceId || notice.status === 'stopped') return []
    const { id: deviceNoticeId, recallId, attempts } = notice
    if (status !== 'timed-out')
      return DeviceAnswered({
        deviceNoticeId,
        recallId,
        deviceId,
        stopped: status === 'succeeded',
        answer,
        answeredAt: endedAt,
      })
    if (command.id !== notice.commandId || !recall || recall.status === 'closed') return []
    const { action, parameters, reason, siteId } = command
    const commandId = commandIdOf(deviceNoticeId, attempts + 1)
    return [
      DeviceAskedAgain({ deviceNoticeId, recallId, commandId, askedAt: now }),
      DeviceCommandRequested({
        ...{ deviceCommandId: commandId, deviceId, siteId, action, parameters, reason },
        ...{ requestedAt: now, requestedBy: 'lotline' },
        expiresAt: new Date(Date.parse(now) + patienceMs).toISOString(),
      }),
    ]
  },
  examples: [
    {
      name: 'a pump has locked itself',
      given: { command, notice: DeviceNotice.like(), recall },
      when,
      then: ['DeviceAnswered'],
    },
    {
      name: 'a pump at a patient refuses',
      given: { command, notice: DeviceNotice.like(), recall },
      when: { ...when, status: 'rejected', answer: 'An infusion is running' },
      then: ['DeviceAnswered'],
    },
    {
      name: 'a pump in a cellar is asked again',
      given: { command, notice: DeviceNotice.like(), recall },
      when: { ...when, status: 'timed-out' },
      then: ['DeviceAskedAgain', 'DeviceCommandRequested'],
    },
    {
      name: 'after the case is closed nobody is asked again',
      given: { command, notice: DeviceNotice.like(), recall: { ...recall, status: 'closed' } },
      when: { ...when, status: 'timed-out' },
      then: [],
    },
    {
      name: 'a command of somebody else is none of a recall',
      given: { command: DeviceCommand.like() },
      when,
      then: [],
    },
  ],
})
