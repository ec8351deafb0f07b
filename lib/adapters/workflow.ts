import type { Ports } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

const service = { name: 'states', target: 'AWSStepFunctions', version: '1.0' } as const

/** Step Functions: the name makes a start idempotent, for as long as AWS remembers it (90 days). */
export const workflow: Ports['workflow'] = {
  async start(machine, name, input) {
    const stateMachineArn = `${setting('MACHINE_ARN_PREFIX')}${machine}`
    try {
      const start = { stateMachineArn, name, input: JSON.stringify(input) }
      const { executionArn } = await call(service, 'StartExecution', start)
      return { executionArn }
    } catch (error) {
      if ((error as Error).name !== 'ExecutionAlreadyExists') throw error
      return { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` }
    }
  },
}
