import { Stack } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnPolicy, CfnProvisioningTemplate } from 'aws-cdk-lib/aws-iot'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { Device } from '../domain/device.ts'
import { thingTypeName, thingTypes } from '../domain/device-kind.ts'
import { unscopable } from './grants.ts'
import type { Names } from './names.ts'
import { explainWildcards } from './wildcards.ts'

/** Stands for the id under which a client connects. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: AWS IoT substitutes it for each connection.
const anyName = '${iot:ClientId}'

interface ClaimProvisioningProps {
  readonly names: Names
  /** Policy that a device gets with its own certificate. */
  readonly devicePolicy: string
}

/** How a device gets its own certificate with the claim certificate of its batch: policy, template, and who may. */
export class ClaimProvisioning extends Construct {
  constructor(scope: Construct, id: string, { names, devicePolicy }: ClaimProvisioningProps) {
    super(scope, id)
    const name = names.of('claim')
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'iot', resource, resourceName })
    this.claimPolicy(name, arn)
    const hook = names.functionArn(Stack.of(this), 'iot/check-claim')
    new CfnProvisioningTemplate(this, 'Template', {
      templateName: name,
      description: 'Makes a thing of a device whose serial number is registered',
      enabled: true,
      provisioningRoleArn: this.role(devicePolicy, arn).roleArn,
      preProvisioningHook: { targetArn: hook, payloadVersion: '2020-04-01' },
      templateBody: JSON.stringify(template(devicePolicy)),
    })
    new CfnPermission(this, 'Hook', {
      action: 'lambda:InvokeFunction',
      functionName: hook,
      principal: 'iot.amazonaws.com',
      sourceAccount: Stack.of(this).account,
      sourceArn: arn('provisioningtemplate', name),
    })
  }

  /** A claim certificate is in many hands: it can ask for a certificate, and nothing else. */
  private claimPolicy(policyName: string, arn: (resource: string, name: string) => string) {
    const asks = ['$aws/certificates/create-from-csr/json', `$aws/provisioning-templates/${policyName}/provision/json`]
    const hears = asks.flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`])
    const allow = (Action: string, resource: string, topics: readonly string[]) => ({
      ...{ Effect: 'Allow', Action, Resource: topics.map((topic) => arn(resource, topic)) },
    })
    new CfnPolicy(this, 'Policy', {
      policyName,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          allow('iot:Connect', 'client', [anyName]),
          // Under the name of a device it would throw that device off.
          { Effect: 'Deny', Action: 'iot:Connect', Resource: [arn('client', `${Device.prefix}_*`)] },
          allow('iot:Publish', 'topic', asks),
          allow('iot:Subscribe', 'topicfilter', hears),
          allow('iot:Receive', 'topic', hears),
        ],
      },
    })
  }

  private role(devicePolicy: string, arn: (resource: string, name: string) => string): Role {
    const [things, certificates] = [arn('thing', `${Device.prefix}_*`), arn('cert', '*')]
    const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        provision: new PolicyDocument({
          statements: [
            allow(['iot:CreateThing', 'iot:DescribeThing', 'iot:UpdateThing'], [things]),
            allow(
              ['iot:DescribeThingType'],
              thingTypes.map((type) => arn('thingtype', thingTypeName(type))),
            ),
            allow(['iot:DescribeCertificate', 'iot:UpdateCertificate'], [certificates]),
            allow(['iot:AttachPolicy'], [certificates, arn('policy', devicePolicy)]),
            allow(['iot:AttachThingPrincipal'], ['*']),
          ],
        }),
      },
    })
    explainWildcards(role, {
      [things]: 'Things are made at run time, one a device.',
      [certificates]: 'AWS IoT names a certificate when it signs it.',
      '*': `iot:AttachThingPrincipal: ${unscopable['iot:AttachThingPrincipal']}`,
    })
    return role
  }
}

/** What the device asks for by its kind and serial number; the rest comes from the hook. */
const template = (devicePolicy: string) => ({
  Parameters: Object.fromEntries(
    ['DeviceKind', 'SerialNumber', 'DeviceId', 'ThingType', 'SiteId', 'AWS::IoT::Certificate::Id'].map((name) => [
      name,
      { Type: 'String' },
    ]),
  ),
  Resources: {
    thing: {
      Type: 'AWS::IoT::Thing',
      Properties: {
        ThingName: { Ref: 'DeviceId' },
        ThingTypeName: { Ref: 'ThingType' },
        AttributePayload: { siteId: { Ref: 'SiteId' } },
      },
      OverrideSettings: { AttributePayload: 'REPLACE', ThingTypeName: 'REPLACE' },
    },
    certificate: {
      Type: 'AWS::IoT::Certificate',
      Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
    },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: devicePolicy } },
  },
})
