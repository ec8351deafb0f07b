import { Duration, RemovalPolicy, Size, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena'
import { CfnRule, type IEventBus } from 'aws-cdk-lib/aws-events'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, LogStream, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Grant, Surroundings } from './grants.ts'
import type { Names } from './names.ts'
import { DeadLetters } from './queues.ts'
import type { Settings } from './settings.ts'
import { explainWildcards } from './wildcards.ts'

/** A table of the lake, and how the JSON that comes for it is read. */
interface LakeTable {
  readonly name: string
  readonly description: string
  /** What the day of its folders is. */
  readonly day: string
  readonly columns: readonly CfnTable.ColumnProperty[]
  readonly deserializer: CfnDeliveryStream.DeserializerProperty
}

/** The table of all samples; its columns are what lib/adapters/lake.ts writes. */
const samples: LakeTable = {
  name: 'samples',
  description: 'What devices measured; a sample may be here twice',
  day: 'UTC day on which the samples arrived',
  columns: [
    { name: 'device_id', type: 'string' },
    { name: 'measured_at', type: 'timestamp', comment: 'device time, UTC' },
    { name: 'measures', type: 'map<string,double>', comment: 'values by the codes of the data dictionary' },
    { name: 'texts', type: 'map<string,string>' },
  ],
  deserializer: { hiveJsonSerDe: { timestampFormats: ['millis'] } },
}

/** The ledger; what differs from fact to fact is JSON text, which Athena's json functions read. */
const facts: LakeTable = {
  name: 'facts',
  description: 'What happened, from the ledger; a fact may be here twice, under the same hash',
  day: 'UTC day on which the facts were recorded, or the one after',
  columns: [
    { name: 'hash', type: 'string', comment: 'identity of the fact' },
    { name: 'area', type: 'string' },
    { name: 'entity', type: 'string' },
    { name: 'entity_id', type: 'string' },
    { name: 'version', type: 'int', comment: '1 is the first fact of its entity' },
    { name: 'type', type: 'string' },
    { name: 'data', type: 'string', comment: 'JSON' },
    { name: 'recorded_at', type: 'string', comment: 'ISO 8601, UTC' },
    { name: 'recorded_by', type: 'string', comment: 'JSON: sub and name' },
    { name: 'command', type: 'string' },
    { name: 'request', type: 'string' },
    { name: 'signature', type: 'string', comment: 'JSON; where a person signed' },
    { name: 'previous', type: 'string', comment: 'hash of the fact before it of its entity' },
  ],
  deserializer: {
    openXJsonSerDe: {
      columnToJsonKeyMappings: { entity_id: 'entityId', recorded_at: 'at', recorded_by: 'by' },
    },
  },
}

/** Days after which files are read so rarely that cheaper storage pays. */
const coldAfterDays = 90
/** A question that would read more than this is stopped: a forgotten WHERE must not cost a fortune. */
const mostBytesScanned = Size.gibibytes(200).toBytes()

interface LakeProps extends StackProps {
  readonly names: Names
  /** Facts come from here. */
  readonly bus: IEventBus
  readonly settings: Settings
  readonly key: IKey
}

/** All samples and facts for years as Parquet files in S3, in a folder for each day, for Athena to question. */
export class LakeStack extends Stack {
  constructor(scope: Construct, id: string, { names, settings, key, bus, ...props }: LakeProps) {
    super(scope, id, props)
    const files = this.bucket('Files', key, settings.telemetryDays)
    const results = this.bucket('Results', key, 30)
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: databaseName(names), description: 'The data lake' },
    })
    const deliveryOf = (table: LakeTable) => {
      const scope = new Construct(this, titleOf(table.name))
      const made = this.glueTable(scope, names, table, files)
      made.addResourceDependency(database)
      const delivery = this.deliver(scope, names, table, settings, files, key)
      delivery.addResourceDependency(made)
      return delivery
    }
    deliveryOf(samples)
    this.takeFacts(names, bus, deliveryOf(facts))
    new CfnWorkGroup(this, 'WorkGroup', {
      name: names.of('lake'),
      description: 'Questions to the data lake',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: mostBytesScanned,
        resultConfiguration: {
          outputLocation: `s3://${results.bucketName}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    })
  }

  private bucket(id: string, key: IKey, days: number): Bucket {
    const bucket = new Bucket(this, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [
        {
          expiration: Duration.days(days),
          ...(days > coldAfterDays && {
            transitions: [
              { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(coldAfterDays) },
            ],
          }),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only Firehose and Athena reach it, and CloudTrail names who asked Athena what.',
    })
    return bucket
  }

  /** Without a function: the bus hands every fact to the delivery, tries again for a day, and then puts it aside. */
  private takeFacts(names: Names, bus: IEventBus, delivery: CfnDeliveryStream) {
    const role = new Role(this, 'FactsRole', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      inlinePolicies: {
        put: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['firehose:PutRecord'], resources: [delivery.attrArn] })],
        }),
      },
    })
    const lost = new DeadLetters(this, 'LostFacts', names.putAside('lake-facts')).queue
    const rule = new CfnRule(this, 'FactsRule', {
      description: 'Every fact goes into the data lake',
      eventBusName: bus.eventBusName,
      eventPattern: { source: [{ prefix: 'lotline.' }] },
      targets: [
        {
          ...{ id: 'Lake', arn: delivery.attrArn, roleArn: role.roleArn, inputPath: '$.detail' },
          retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeInSeconds: Duration.hours(24).toSeconds() },
          deadLetterConfig: { arn: lost.queueArn },
        },
      ],
    })
    lost.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [lost.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
      }),
    )
  }

  private glueTable(scope: Construct, names: Names, { name, description, day, columns }: LakeTable, files: Bucket) {
    return new CfnTable(scope, 'Table', {
      catalogId: this.account,
      databaseName: databaseName(names),
      tableInput: {
        name,
        description,
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [{ name: 'day', type: 'string', comment: day }],
        // Athena computes the folders, so that nobody has to register each new day.
        parameters: {
          classification: 'parquet',
          EXTERNAL: 'TRUE',
          'projection.enabled': 'true',
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': '2025-01-01,NOW+1DAY',
          'storage.location.template': `s3://${files.bucketName}/${name}/day=\${day}/`,
        },
        storageDescriptor: {
          columns: [...columns],
          location: `s3://${files.bucketName}/${name}/`,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    })
  }

  private deliver(
    scope: Construct,
    names: Names,
    { name, deserializer }: LakeTable,
    settings: Settings,
    files: Bucket,
    key: IKey,
  ): CfnDeliveryStream {
    const logs = new LogGroup(scope, 'Logs', {
      logGroupName: `/aws/kinesisfirehose/${names.of(name)}`,
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const logStream = new LogStream(scope, 'LogStream', { logGroup: logs, logStreamName: 'delivery' })
    const role = this.deliveryRole(scope, names, name, files, key, logs)
    return new CfnDeliveryStream(scope, 'Delivery', {
      deliveryStreamName: names.of(name),
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: files.bucketArn,
        roleArn: role.roleArn,
        prefix: `${name}/day=!{timestamp:yyyy-MM-dd}/`,
        errorOutputPrefix: 'errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
        // Large files: Athena opens each, and S3 bills each.
        bufferingHints: { intervalInSeconds: 900, sizeInMBs: 128 },
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: key.keyArn } },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logs.logGroupName,
          logStreamName: logStream.logStreamName,
        },
        dataFormatConversionConfiguration: {
          enabled: true,
          inputFormatConfiguration: { deserializer },
          outputFormatConfiguration: { serializer: { parquetSerDe: { compression: 'SNAPPY' } } },
          schemaConfiguration: {
            catalogId: this.account,
            databaseName: databaseName(names),
            tableName: name,
            region: this.region,
            roleArn: role.roleArn,
            versionId: 'LATEST',
          },
        },
      },
    })
  }

  private deliveryRole(scope: Construct, names: Names, table: string, files: Bucket, key: IKey, logs: LogGroup): Role {
    const objects = [`${table}/*`, 'errors/*'].map((each) => files.arnForObjects(each))
    const glue = (resource: string, resourceName?: string) =>
      this.formatArn({ service: 'glue', resource, ...(resourceName && { resourceName }) })
    const name = databaseName(names)
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions })
    const role = new Role(scope, 'DeliveryRole', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      inlinePolicies: {
        deliver: new PolicyDocument({
          statements: [
            allow(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], objects),
            allow(['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], [files.bucketArn]),
            allow(
              ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
              [glue('catalog'), glue('database', name), glue('table', `${name}/${table}`)],
            ),
            allow(['kms:GenerateDataKey', 'kms:Decrypt'], [key.keyArn], {
              StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` },
            }),
            allow(['logs:PutLogEvents'], [logs.logGroupArn]),
          ],
        }),
      },
    })
    explainWildcards(
      role,
      Object.fromEntries(objects.map((arn) => [arn, 'Firehose names each file by its time and by chance.'])),
    )
    return role
  }
}

const titleOf = (name: string) => name.replace(/^\w/, (letter) => letter.toUpperCase())

/** Glue takes no hyphens. */
const databaseName = (names: Names) => names.of('lake').replaceAll('-', '_')

/** What a function needs that puts samples into the lake. */
export function lakeGrant(stack: Stack, { names }: Surroundings): Grant {
  const name = names.of(samples.name)
  const resource = stack.formatArn({ service: 'firehose', resource: 'deliverystream', resourceName: name })
  return {
    statements: [new PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [resource] })],
    environment: { LAKE_STREAM: name },
  }
}
