import { Duration, RemovalPolicy, Size, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, LogStream, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { Grant, Surroundings } from './grants.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'
import { explainWildcards } from './wildcards.ts'

/** The table of all samples; its columns are what lib/adapters/lake.ts writes. */
const samplesTable = 'samples'
const columns = [
  { name: 'device_id', type: 'string' },
  { name: 'measured_at', type: 'timestamp', comment: 'device time, UTC' },
  { name: 'measures', type: 'map<string,double>', comment: 'values by the codes of the data dictionary' },
  { name: 'texts', type: 'map<string,string>' },
]

/** Days after which files are read so rarely that cheaper storage pays. */
const coldAfterDays = 90
/** A question that would read more than this is stopped: a forgotten WHERE must not cost a fortune. */
const mostBytesScanned = Size.gibibytes(200).toBytes()

interface LakeProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
  readonly key: IKey
}

/** All samples for years as Parquet files in S3, in a folder for each day, for Athena to question. */
export class LakeStack extends Stack {
  constructor(scope: Construct, id: string, { names, settings, key, ...props }: LakeProps) {
    super(scope, id, props)
    const files = this.bucket('Files', key, settings.telemetryDays)
    const results = this.bucket('Results', key, 30)
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: databaseName(names), description: 'The data lake' },
    })
    const table = this.samples(names, files)
    table.addResourceDependency(database)
    this.deliver(names, settings, files, key).addResourceDependency(table)
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

  private samples(names: Names, files: Bucket): CfnTable {
    return new CfnTable(this, 'Samples', {
      catalogId: this.account,
      databaseName: databaseName(names),
      tableInput: {
        name: samplesTable,
        description: 'What devices measured; a sample may be here twice',
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [{ name: 'day', type: 'string', comment: 'UTC day on which the samples arrived' }],
        // Athena computes the folders, so that nobody has to register each new day.
        parameters: {
          classification: 'parquet',
          EXTERNAL: 'TRUE',
          'projection.enabled': 'true',
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': '2025-01-01,NOW+1DAY',
          'storage.location.template': `s3://${files.bucketName}/${samplesTable}/day=\${day}/`,
        },
        storageDescriptor: {
          columns,
          location: `s3://${files.bucketName}/${samplesTable}/`,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    })
  }

  private deliver(names: Names, settings: Settings, files: Bucket, key: IKey): CfnDeliveryStream {
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/kinesisfirehose/${names.of('samples')}`,
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const logStream = new LogStream(this, 'LogStream', { logGroup: logs, logStreamName: 'delivery' })
    const role = this.deliveryRole(names, files, key, logs)
    return new CfnDeliveryStream(this, 'Delivery', {
      deliveryStreamName: names.of('samples'),
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: files.bucketArn,
        roleArn: role.roleArn,
        prefix: `${samplesTable}/day=!{timestamp:yyyy-MM-dd}/`,
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
          inputFormatConfiguration: { deserializer: { hiveJsonSerDe: { timestampFormats: ['millis'] } } },
          outputFormatConfiguration: { serializer: { parquetSerDe: { compression: 'SNAPPY' } } },
          schemaConfiguration: {
            catalogId: this.account,
            databaseName: databaseName(names),
            tableName: samplesTable,
            region: this.region,
            roleArn: role.roleArn,
            versionId: 'LATEST',
          },
        },
      },
    })
  }

  private deliveryRole(names: Names, files: Bucket, key: IKey, logs: LogGroup): Role {
    const objects = ['samples/*', 'errors/*'].map((each) => files.arnForObjects(each))
    const glue = (resource: string, resourceName?: string) =>
      this.formatArn({ service: 'glue', resource, ...(resourceName && { resourceName }) })
    const name = databaseName(names)
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions })
    const role = new Role(this, 'DeliveryRole', {
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
              [glue('catalog'), glue('database', name), glue('table', `${name}/${samplesTable}`)],
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

/** Glue takes no hyphens. */
const databaseName = (names: Names) => names.of('lake').replaceAll('-', '_')

/** What a function needs that puts samples into the lake. */
export function lakeGrant(stack: Stack, { names }: Surroundings): Grant {
  const name = names.of('samples')
  const resource = stack.formatArn({ service: 'firehose', resource: 'deliverystream', resourceName: name })
  return {
    statements: [new PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [resource] })],
    environment: { LAKE_STREAM: name },
  }
}
