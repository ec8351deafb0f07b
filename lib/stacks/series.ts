import { Stack, type StackProps, Validations } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-timestream'
import type { Construct } from 'constructs'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'

/** Name of the table of samples inside the database. */
export const samplesTable = 'samples'

interface SeriesProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
  readonly key: IKey
}

/** The time series of all devices, in Amazon Timestream for LiveAnalytics. */
export class SeriesStack extends Stack {
  constructor(scope: Construct, id: string, { names, settings, key, ...props }: SeriesProps) {
    super(scope, id, props)
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
      // Partitioned by measure name, which is Timestream's default and here the device: its series is kept together.
    })
    table.addResourceDependency(database)
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W3697',
      reason: 'The store is a choice (telemetryStore in cdk.json), and accounts that have it keep it.',
    })
  }
}
