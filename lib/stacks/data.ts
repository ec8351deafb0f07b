import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { Names } from './names.ts'

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** The one table and its key: everything that must outlive every other stack. */
export class DataStack extends Stack {
  readonly table: Table
  readonly key: Key
  readonly linkKey: Key

  constructor(scope: Construct, id: string, { names, ...props }: StackProps & { readonly names: Names }) {
    super(scope, id, props)
    this.key = new Key(this, 'Key', {
      description: `Encrypts the table of ${id}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    // KMS makes and checks the codes itself, so that no function ever holds the secret.
    this.linkKey = new Key(this, 'LinkKey', {
      description: `Signs the links that ${id} sends to partners`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.table = new Table(this, 'Table', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      stream: StreamViewType.NEW_IMAGE,
      timeToLiveAttribute: 'expires',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const evidence = new Bucket(this, 'Evidence', {
      bucketName: names.bucket(this, 'evidence'),
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(evidence).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only two functions reach it, and each file that came is a fact of its notice, with its hash.',
    })
    // Sparse lists for people; nothing that must be right reads an index.
    for (const indexName of ['worklist', 'group'])
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(indexName),
        sortKey: text('id'),
        projectionType: ProjectionType.ALL,
      })
  }
}
