import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler'
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import type { Discovered } from '../discover.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'
import { explainWildcards } from './wildcards.ts'

interface MachinesProps extends StackProps {
  /** ASL text by name; `${area/verb-noun}` in it stands for that function. */
  readonly definitions: ReadonlyMap<string, string>
  readonly found: readonly Discovered[]
  readonly names: Names
  readonly settings: Settings
}

/** Machines that run by the clock, and when; the others are started by what happens. */
const scheduleOf = (name: string, { drillSchedule }: Settings): string | undefined =>
  ({ 'recall-chase': 'rate(1 hour)', 'recall-drill': drillSchedule })[name] || undefined

/** The state machines of `state-machines/`, each with a role that may invoke just the functions it names. */
export class MachinesStack extends Stack {
  constructor(scope: Construct, id: string, { definitions, found, names, settings, ...props }: MachinesProps) {
    super(scope, id, props)
    const tasks = new Set(found.filter(({ spec }) => spec.kind === 'task').map(({ name }) => name))
    for (const [name, text] of definitions) {
      const functions = functionsOf(name, text, tasks)
      const definition = text.replaceAll(placeholder, (_, task: string) => names.functionArn(this, task))
      const machine = this.machine(name, definition, names, settings)
      machine.addToRolePolicy(
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: functions.map((task) => names.functionArn(this, task)),
        }),
      )
      if (/"Mode":\s*"DISTRIBUTED"/.test(text)) this.allowFanOut(machine, name, names)
      const schedule = scheduleOf(name, settings)
      if (schedule !== undefined)
        new Schedule(this, `${name}-schedule`, {
          scheduleName: names.of(name),
          schedule: ScheduleExpression.expression(schedule),
          target: new StepFunctionsStartExecution(machine, { input: ScheduleTargetInput.fromObject({}) }),
        })
    }
  }

  private machine(name: string, definition: string, names: Names, { logRetentionDays }: Settings): StateMachine {
    const machine = new StateMachine(this, name, {
      stateMachineName: names.of(name),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, `${name}-logs`, {
          logGroupName: `/aws/vendedlogs/states/${names.of(name)}`,
          retention: logRetentionDays as RetentionDays,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
        level: LogLevel.ALL,
        // The data of a step names people and customers; the case itself keeps it, with its access rules.
        includeExecutionData: false,
      },
    })
    Validations.of(machine).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Delivery of logs and traces: IAM has no resource for either.',
    })
    return machine
  }

  /** A distributed map runs its children as executions of the same machine. */
  private allowFanOut(machine: StateMachine, name: string, names: Names) {
    const self = names.machineArn(this, name)
    const executions = [':', '/'].map((separator) => `${self.replace(':stateMachine:', ':execution:')}${separator}*`)
    machine.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [self] }))
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: executions,
      }),
    )
    explainWildcards(
      machine,
      Object.fromEntries(executions.map((arn) => [arn, 'Executions of this machine get their names at run time.'])),
    )
  }
}

const placeholder = /\$\{([a-z-]+\/[a-z-]+)\}/g

function functionsOf(machine: string, text: string, tasks: ReadonlySet<string>): string[] {
  const named = [...new Set([...text.matchAll(placeholder)].map(([, name]) => name!))]
  const unknown = named.filter((name) => !tasks.has(name))
  if (unknown.length > 0)
    throw new Error(
      `state-machines/${machine}.asl.json runs ${unknown.join(', ')}, which no file in lambdas/ declares as a task.`,
    )
  return named
}
