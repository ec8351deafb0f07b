import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cloud, Permission, Resource, Service, WireCall } from './cloud.ts'
import { type Execution, Executions, type HostedMachine } from './executions.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { type Outcome, readMachine, runner } from './state-machine.ts'
import { isRunnable, tasksOf } from './state-tasks.ts'
import { WireError } from './wire-error.ts'

const TAKEN = [
  'StateMachineName',
  'Definition',
  'DefinitionString',
  'DefinitionS3Location',
  'DefinitionSubstitutions',
  'RoleArn',
  'StateMachineType',
]
const WITHOUT_EFFECT = ['EncryptionConfiguration', 'LoggingConfiguration', 'Tags', 'TracingConfiguration']
let executions: Executions | undefined

/** Step Functions: standard JSONPath machines; executions and their results survive, open ones run again from their start. */
export const stepfunctions: Service = {
  name: 'stepfunctions',
  types: ['AWS::StepFunctions::StateMachine'],

  async start(cloud) {
    const machines = cloud.ofType('AWS::StepFunctions::StateMachine').map((resource) => hostMachine(cloud, resource))
    const created = new Executions(cloud, new Map(machines.map((machine) => [machine.resource.ref, machine])))
    executions = created
    cloud.wire('states', {
      authorize: permissions,
      answer: async (call) => ({
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(await answer(created, call)),
      }),
    })
  },

  resume() {
    executions?.resume()
    // Soon after the start, so that the first execution need not wait for it.
    setTimeout(runner, 1000).unref()
  },

  async stop() {
    executions?.stop()
    executions = undefined
  },
}

/** Starts an execution durably and returns its ARN. */
export async function startExecution(machineArn: string, input: unknown, name: string = randomUUID()): Promise<string> {
  if (!executions) throw new Error('stepfunctions has not started')
  return (await executions.start(machineArn, JSON.stringify(input) ?? '{}', name)).arn
}

function hostMachine(cloud: Cloud, resource: Resource): HostedMachine {
  onlyProperties(resource, ...TAKEN, ...WITHOUT_EFFECT)
  const { properties, ref } = resource
  if ((properties.StateMachineType ?? 'STANDARD') !== 'STANDARD')
    throw new Error(
      `state machine ${ref} is of type ${properties.StateMachineType}; the local cloud runs STANDARD only`,
    )
  const machine = readMachine(ref, definitionOf(cloud, resource))
  for (const [state, task] of machine.tasks)
    if (!isRunnable(task)) throw new Error(`state machine ${ref}, state ${state}: the local cloud does not run ${task}`)
  const principal = cloud.assumed(properties.RoleArn, resource.attributes.Name!)
  return { ...machine, resource, runTask: tasksOf(cloud, principal) }
}

function definitionOf(cloud: Cloud, { properties }: Resource): Json {
  const { Definition, DefinitionString, DefinitionS3Location, DefinitionSubstitutions = {} } = properties
  const text: string =
    DefinitionString ??
    (Definition ? JSON.stringify(Definition) : readFileSync(cloud.asset(DefinitionS3Location.Key), 'utf8'))
  return JSON.parse(
    text.replace(/\$\{(\w+)\}/g, (whole, name) =>
      name in DefinitionSubstitutions ? String(DefinitionSubstitutions[name]) : whole,
    ),
  )
}

function permissions(call: Omit<WireCall, 'principal'>): Permission[] {
  const input: Json = JSON.parse(call.body.toString())
  return [{ action: `states:${call.operation}`, resource: input.executionArn ?? input.stateMachineArn ?? '*' }]
}

type Operation = (all: Executions, input: Json) => Json | Promise<Json>

const OPERATIONS: Readonly<Record<string, Operation>> = {
  StartExecution: async (all, input) => {
    const { arn, startedAt } = await all.start(
      input.stateMachineArn,
      jsonText(input.input ?? '{}'),
      input.name ?? randomUUID(),
    )
    return { executionArn: arn, startDate: startedAt / 1000 }
  },
  StopExecution: async (all, input) => ({ stopDate: (await all.abort(input.executionArn)).stoppedAt / 1000 }),
  DescribeExecution: (all, input) => ({
    ...summary(all, all.get(input.executionArn)),
    input: all.get(input.executionArn).input,
    ...result(all.closing(input.executionArn)?.outcome),
  }),
  ListExecutions: (all, input) => ({
    executions: all
      .of(input.stateMachineArn)
      .map((each) => summary(all, each))
      .filter((each) => input.statusFilter === undefined || each.status === input.statusFilter)
      .slice(0, input.maxResults || 1000),
  }),
  GetExecutionHistory: (all, input) => {
    all.get(input.executionArn)
    return {
      events: all.history(input.executionArn).map(({ timestamp, type, state }, index) => ({
        id: index + 1,
        previousEventId: index,
        timestamp: timestamp / 1000,
        type,
        ...(type.endsWith('StateEntered') && { stateEnteredEventDetails: { name: state } }),
        ...(type.endsWith('StateExited') && { stateExitedEventDetails: { name: state } }),
      })),
    }
  },
}

async function answer(all: Executions, call: WireCall): Promise<Json> {
  const operation = OPERATIONS[call.operation]
  if (!operation)
    throw new WireError(400, 'UnknownOperationException', `the local cloud does not implement states:${call.operation}`)
  return operation(all, JSON.parse(call.body.toString()))
}

function jsonText(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw new WireError(
      400,
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${(error as Error).message}'`,
    )
  }
}

function summary(all: Executions, execution: Execution) {
  const closing = all.closing(execution.arn)
  return {
    executionArn: execution.arn,
    name: execution.name,
    stateMachineArn: execution.machine,
    status: closing?.outcome.status ?? 'RUNNING',
    startDate: execution.startedAt / 1000,
    ...(closing && { stopDate: closing.stoppedAt / 1000 }),
  }
}

function result(outcome: Outcome | undefined): Json {
  if (outcome === undefined || outcome.status === 'ABORTED') return {}
  if (outcome.status === 'SUCCEEDED') return { output: JSON.stringify(outcome.output) }
  return { error: outcome.error, cause: outcome.cause }
}
