import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { Ports } from '#kit/ports'
import { jsonClient } from './aws-client.ts'
import { setting } from './setting.ts'

const client = jsonClient<SFNClient>({ name: 'states', target: 'AWSStepFunctions', version: '1.0' })

/** Step Functions: the name makes a start idempotent, for as long as AWS remembers it (90 days). */
export const workflow: Ports['workflow'] = {
  async start(machine, name, input) {
    const stateMachineArn = `${setting('MACHINE_ARN_PREFIX')}${machine}`
    try {
      const start = { stateMachineArn, name, input: JSON.stringify(input) }
      const { executionArn } = await client.send(new StartExecutionCommand(start))
      return { executionArn: executionArn! }
    } catch (error) {
      if ((error as Error).name !== 'ExecutionAlreadyExists') throw error
      return { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` }
    }
  },
}
