import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-timestream'
import type { Construct } from 'constructs'
import type { Grant, Surroundings } from './grants.ts'
import { keyUse } from './key-use.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'

/** Name of Timestream's table of samples inside the database. */
const samplesTable = 'samples'

interface SeriesProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
  readonly key: IKey
}

/** The time series of all devices, in the store that `telemetryStore` chooses. */
export class SeriesStack extends Stack {
  constructor(scope: Construct, id: string, { names, settings, key, ...props }: SeriesProps) {
    super(scope, id, props)
    if (settings.telemetryStore === 'timestream') this.timestream(names, settings, key)
    else this.dynamodb(names, key)
  }

  private timestream(names: Names, settings: Settings, key: IKey) {
    const databaseName = names.of('telemetry')
    const database = new CfnDatabase(this, 'Database', { databaseName, kmsKeyId: key.keyArn })
    const table = new CfnTable(this, 'Samples', {
      databaseName,
      tableName: samplesTable,
      retentionProperties: {
        MemoryStoreRetentionPeriodInHours: String(settings.telemetryMemoryHours),
        MagneticStoreRetentionPeriodInDays: String(settings.telemetryDays),
      },
      // A device that was offline for longer than the memory store keeps still gets its readings in.
      magneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
      // The series of a device is kept together, and a question about it reads nothing else.
      schema: { compositePartitionKey: [{ type: 'DIMENSION', name: 'deviceId', enforcementInRecord: 'REQUIRED' }] },
    })
    table.addResourceDependency(database)
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W3697',
      reason: 'The store is a choice (telemetryStore in cdk.json), and accounts that have it keep it.',
    })
  }

  /** Apart from the one table: no stream, no ledger, and each item goes by itself when its time is over. */
  private dynamodb(names: Names, key: IKey) {
    new Table(this, 'Samples', {
      tableName: names.of('telemetry'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}

/** What a function needs that reads the series and, unless it only asks, writes it. */
export function seriesGrant(stack: Stack, { names, settings, key }: Surroundings, asks: boolean): Grant {
  const allow = (actions: string[], resource: string) => new PolicyStatement({ actions, resources: [resource] })
  const name = names.of('telemetry')
  const arn = (service: string, resource: string, resourceName: string) =>
    stack.formatArn({ service, resource, resourceName })
  if (settings.telemetryStore === 'dynamodb')
    return {
      statements: [
        new PolicyStatement({
          actions: ['dynamodb:Query', ...(asks ? [] : ['dynamodb:UpdateItem'])],
          resources: [arn('dynamodb', 'table', name)],
          conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SERIES#*'] } },
        }),
        keyUse(stack, key, !asks),
      ],
      environment: { SERIES_TABLE: name, SERIES_DAYS: String(settings.telemetryDays) },
    }
  return {
    statements: [
      allow(
        ['timestream:Select', ...(asks ? [] : ['timestream:WriteRecords'])],
        arn('timestream', 'database', `${name}/table/${samplesTable}`),
      ),
      allow(['timestream:DescribeEndpoints'], '*'),
    ],
    environment: { SERIES_DATABASE: name, SERIES_TABLE: samplesTable },
  }
}
