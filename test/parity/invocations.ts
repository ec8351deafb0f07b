import { marshall } from '@aws-sdk/util-dynamodb'
import type { Reaction, Task } from '../../lib/kit/command.ts'
import { invokeFunction } from '../../lib/local/lambda.ts'

/** How an example ended: its refusal, or undefined. */
type Ending = string | undefined

async function endingOf(invocation: Promise<unknown>): Promise<Ending> {
  try {
    await invocation
    return undefined
  } catch (error) {
    return (error as Error).name
  }
}

/** Runs a task or reaction with the event that its state machine, rule, stream or queue would hand it. */
export async function invoke(name: string, spec: Task | Reaction, when: any, id: string): Promise<Ending> {
  const functionName = `lotline-${name.replace('/', '-')}`
  if (spec.kind === 'task') return endingOf(invokeFunction(functionName, when))
  if (spec.on === 'facts') {
    const Records = when.facts.map((fact: unknown) => ({
      eventName: 'INSERT',
      dynamodb: { NewImage: marshall({ fact }, { removeUndefinedValues: true }) },
    }))
    return endingOf(invokeFunction(functionName, { Records }))
  }
  if (!('queue' in spec.on)) return endingOf(invokeFunction(functionName, { detail: { hash: id, data: when } }))
  const records = [{ messageId: id, body: JSON.stringify(when) }]
  const { batchItemFailures } = (await invokeFunction(functionName, { Records: records })) as any
  // A queue's function tells only that it failed; the reason stands in its log.
  return batchItemFailures.length > 0 ? 'failed' : undefined
}
