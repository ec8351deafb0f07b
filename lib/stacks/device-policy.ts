import { Stack } from 'aws-cdk-lib'
import { CfnPolicy } from 'aws-cdk-lib/aws-iot'
import { Construct } from 'constructs'

/** Stands for the device's own name, but only while its certificate is attached to the thing of that name. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: AWS IoT substitutes it for each connection.
export const ownName = '${iot:Connection.Thing.ThingName}'

interface DevicePolicyProps {
  readonly policyName: string
  /** Topics it may publish on and topics it may hear, each made of `ownName`. */
  readonly publishes: readonly string[]
  readonly hears: readonly string[]
  /** Topics that only things of one type may publish on, by the type's name. */
  readonly publishesOf: Readonly<Record<string, readonly string[]>>
}

/** What a device may do: connect as itself, speak on its own topics and hear its own; never those of another. */
export class DevicePolicy extends Construct {
  constructor(scope: Construct, id: string, { policyName, publishes, hears, publishesOf }: DevicePolicyProps) {
    super(scope, id)
    const arn = (resource: string, name: string) =>
      Stack.of(this).formatArn({ service: 'iot', resource, resourceName: name })
    const allow = (Action: string, Resource: string[], more = {}) => ({ Effect: 'Allow', Action, Resource, ...more })
    const attached = { Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } } }
    new CfnPolicy(this, 'Policy', {
      policyName,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          allow('iot:Connect', [arn('client', ownName)], attached),
          allow(
            'iot:Publish',
            publishes.map((topic) => arn('topic', topic)),
          ),
          ...Object.entries(publishesOf).map(([type, topics]) =>
            allow(
              'iot:Publish',
              topics.map((topic) => arn('topic', topic)),
              { Condition: { StringEquals: { 'iot:Connection.Thing.ThingTypeName': type } } },
            ),
          ),
          allow(
            'iot:Subscribe',
            hears.map((topic) => arn('topicfilter', topic)),
          ),
          allow(
            'iot:Receive',
            hears.map((topic) => arn('topic', topic)),
          ),
        ],
      },
    })
  }
}
