import { Stack } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { explainWildcards } from './wildcards.ts'

interface TopicRuleProps {
  readonly ruleName: string
  readonly description: string
  /** IoT SQL, version 2016-03-23. */
  readonly sql: string
  readonly queue: IQueue
  /** Gets every message that could not be put into the queue. */
  readonly errors: IBucket
}

/** Puts what devices say into a queue; a message that cannot get there is kept in a bucket instead of being lost. */
export class TopicRule extends Construct {
  constructor(scope: Construct, id: string, { ruleName, description, sql, queue, errors }: TopicRuleProps) {
    super(scope, id)
    const prefix = `rule-errors/${ruleName}`
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        deliver: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
            new PolicyStatement({ actions: ['s3:PutObject'], resources: [errors.arnForObjects(`${prefix}/*`)] }),
          ],
        }),
      },
    })
    explainWildcards(role, {
      [errors.arnForObjects(`${prefix}/*`)]: 'The rule names each object by time and chance, under its own prefix.',
    })
    new CfnTopicRule(this, 'Rule', {
      ruleName,
      topicRulePayload: {
        description,
        sql,
        awsIotSqlVersion: '2016-03-23',
        actions: [{ sqs: { queueUrl: queue.queueUrl, roleArn: role.roleArn, useBase64: false } }],
        errorAction: {
          s3: {
            bucketName: errors.bucketName,
            key: `${prefix}/\${timestamp()}-\${newuuid()}.json`,
            roleArn: role.roleArn,
          },
        },
      },
    })
  }
}
