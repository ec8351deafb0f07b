import { expect, test } from 'vitest'
import { workflow } from '../../lib/adapters/workflow.ts'
import { stubAws } from './wire.ts'

process.env.MACHINE_ARN_PREFIX = 'arn:aws:states:eu-central-1:1:stateMachine:lotline-'
const aws = await stubAws()
const executionArn = 'arn:aws:states:eu-central-1:1:execution:lotline-recall:rec_1'

test('a machine is started by its name', async () => {
  aws.reply = () => ({ body: { executionArn, startDate: 1772438400 } })
  expect(await workflow.start('recall', 'rec_1', { recallId: 'rec_1' })).toEqual({ executionArn })
  expect(aws.seen[0]!.operation).toBe('StartExecution')
  expect(aws.seen[0]!.body).toEqual({
    stateMachineArn: 'arn:aws:states:eu-central-1:1:stateMachine:lotline-recall',
    name: 'rec_1',
    input: '{"recallId":"rec_1"}',
  })
})

test('an execution of that name that ran before is the one that was asked for', async () => {
  aws.reply = () => ({ status: 400, error: 'ExecutionAlreadyExists' })
  expect(await workflow.start('recall', 'rec_1', {})).toEqual({ executionArn })
})

test('any other fault is thrown', async () => {
  aws.reply = () => ({ status: 400, error: 'StateMachineDoesNotExist' })
  await expect(workflow.start('recall', 'rec_1', {})).rejects.toThrow('StateMachineDoesNotExist')
})
