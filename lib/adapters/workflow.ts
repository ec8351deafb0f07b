import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { Ports } from '#kit/ports'
import { setting } from './setting.ts'

const client = new SFNClient({})

/** Step Functions: the name makes a start idempotent, for as long as AWS remembers it (90 days). */
export const workflow: Ports['workflow'] = {
  async start(machine, name, input) {
    const stateMachineArn = `${setting('MACHINE_ARN_PREFIX')}${machine}`
    try {
      const started = await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
      )
      return { executionArn: started.executionArn! }
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error
      return { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` }
    }
  },
}
