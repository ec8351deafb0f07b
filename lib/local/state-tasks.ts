import type { Cloud, Principal } from './cloud.ts'
import { withStateFault } from './faults.ts'
import { authorize } from './iam.ts'
import type { Json } from './intrinsics.ts'
import { FunctionError } from './lambda-pool.ts'
import type { RunTask } from './state-machine.ts'
import { WireError } from './wire-error.ts'

type Integration = (cloud: Cloud, principal: Principal, input: Json) => Promise<unknown>

const RESULT_LIMIT_BYTES = 256 * 1024

const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'arn:aws:states:::lambda:invoke': async (cloud, principal, { FunctionName, Payload }) => ({
    ExecutedVersion: '$LATEST',
    Payload: await invoke(cloud, principal, FunctionName, Payload ?? {}),
    StatusCode: 200,
  }),
  'arn:aws:states:::events:putEvents': async (cloud, principal, { Entries }) => {
    const entries = Entries.map((entry: Json) => ({
      ...entry,
      Detail: typeof entry.Detail === 'string' ? entry.Detail : JSON.stringify(entry.Detail),
    }))
    for (const { EventBusName = 'default' } of entries) {
      const bus = EventBusName.startsWith('arn:')
        ? EventBusName
        : `arn:aws:events:${cloud.region}:${cloud.account}:event-bus/${EventBusName}`
      authorize(principal, 'events:PutEvents', bus)
    }
    const ids = await cloud.putEvents(entries)
    return { Entries: ids.map((EventId) => ({ EventId })), FailedEntryCount: 0 }
  },
  'arn:aws:states:::sqs:sendMessage': async (cloud, principal, { QueueUrl, MessageBody }) => {
    const queue = cloud.find(QueueUrl).attributes.Arn!
    authorize(principal, 'sqs:SendMessage', queue)
    await cloud.send(queue, typeof MessageBody === 'string' ? MessageBody : JSON.stringify(MessageBody))
    return {}
  },
  'arn:aws:states:::states:startExecution': async (cloud, principal, { StateMachineArn, Input, Name }) => {
    authorize(principal, 'states:StartExecution', StateMachineArn)
    return {
      ExecutionArn: await cloud.startExecution(StateMachineArn, Input ?? {}, Name),
      StartDate: new Date().toISOString(),
    }
  },
}

const DYNAMODB = /^arn:aws:states:::(?:aws-sdk:)?dynamodb:([gpud]\w+Item|query)$/

/** Whether a task state's resource is one that the local cloud can run. */
export function isRunnable(resource: string): boolean {
  return resource in INTEGRATIONS || DYNAMODB.test(resource) || resource.startsWith('arn:aws:lambda:')
}

/** Runs the tasks of a state machine in the machine's own role. */
export function tasksOf(cloud: Cloud, principal: Principal): RunTask {
  return async (resource, input, state) => {
    const result = await withStateFault(state, input, () => run(cloud, principal, resource, input))
    if (Buffer.byteLength(JSON.stringify(result) ?? '') > RESULT_LIMIT_BYTES)
      throw named(
        'States.DataLimitExceeded',
        `The task ${resource} returned a result with a size exceeding the maximum of ${RESULT_LIMIT_BYTES} bytes.`,
      )
    return result
  }
}

async function run(cloud: Cloud, principal: Principal, resource: string, input: Json): Promise<unknown> {
  const integration = INTEGRATIONS[resource]
  if (integration) return integration(cloud, principal, input)
  if (resource.startsWith('arn:aws:lambda:')) return invoke(cloud, principal, resource, input)
  const operation = DYNAMODB.exec(resource)?.[1]
  if (!operation) throw named('States.Runtime', `the local cloud does not run the resource ${resource}`)
  return callTable(cloud, principal, operation[0]!.toUpperCase() + operation.slice(1), input)
}

async function invoke(cloud: Cloud, principal: Principal, functionName: string, payload: Json): Promise<unknown> {
  const arn = functionName.startsWith('arn:') ? functionName : cloud.find(functionName).attributes.Arn!
  authorize(principal, 'lambda:InvokeFunction', arn)
  try {
    return await cloud.invoke(arn, payload)
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error
    const { errorMessage, errorType, trace } = error
    throw named(errorType, JSON.stringify({ errorMessage, errorType, trace }))
  }
}

async function callTable(cloud: Cloud, principal: Principal, operation: string, input: Json): Promise<unknown> {
  const table = cloud.find(input.TableName).attributes.Arn!
  authorize(principal, `dynamodb:${operation}`, input.IndexName ? `${table}/index/${input.IndexName}` : table)
  try {
    return await cloud.dynamodb(`DynamoDB_20120810.${operation}`, input)
  } catch (error) {
    throw error instanceof WireError ? named(`DynamoDB.${error.code}`, error.message) : error
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
