import type { Stack } from 'aws-cdk-lib'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type Discovered, portsFor } from '../discover.ts'
import { Device } from '../domain/device.ts'
import { Notice } from '../domain/notice.ts'
import type { Entity } from '../kit/entity.ts'
import type { PortName } from '../kit/ports.ts'
import { keyUse } from './key-use.ts'
import { lakeGrant } from './lake.ts'
import type { Names } from './names.ts'
import { seriesGrant } from './series.ts'
import type { Settings } from './settings.ts'
import { tableAccess } from './table-access.ts'

/** What functions are granted access to. */
export interface Surroundings {
  readonly settings: Settings
  readonly names: Names
  /** All entities of the product. */
  readonly entities: readonly Entity[]
  readonly table: ITable
  readonly key: IKey
  /** Signs links; its secret never leaves KMS. */
  readonly linkKey: IKey
  readonly bus: IEventBus
  /** Names of the state machines. */
  readonly machines: readonly string[]
}

/** Rights and environment of a function. */
export interface Grant {
  readonly statements: readonly PolicyStatement[]
  readonly environment: Readonly<Record<string, string>>
  /** Why each ARN pattern in the statements cannot be narrower. */
  readonly wildcards?: Readonly<Record<string, string>>
}

/** Actions that IAM cannot limit to a resource, each with the reason; the only ones that may stand beside `*`. */
export const unscopable: Readonly<Record<string, string>> = {
  'dynamodb:ListStreams': 'lists names of streams only; IAM has no resource for it',
  'iot:AttachThingPrincipal': 'IAM has no resource for it; the certificate is one that the same function made',
  'iot:DetachThingPrincipal': 'IAM has no resource for it; the certificate is one that was just revoked',
  'iot:CreateCertificateFromCsr': 'IAM has no resource for a certificate that does not exist yet',
  'sns:Publish': 'a text message goes to a phone number, for which IAM has no resource',
  'timestream:DescribeEndpoints': 'finds the cell of the account; IAM has no resource for it',
  'xray:PutTelemetryRecords': 'IAM has no resource for traces',
  'xray:PutTraceSegments': 'IAM has no resource for traces',
}

const allow = (actions: readonly string[], resources: readonly string[]) =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] })

const queueUrl = ({ region, account, urlSuffix }: Stack, name: string) =>
  `https://sqs.${region}.${urlSuffix}/${account}/${name}`

/** What each port that reaches beyond the table needs, where that is a question only to read; the only place that says so. */
const ports: Partial<Record<PortName, (stack: Stack, around: Surroundings, one: Discovered) => Grant>> = {
  bus: (_, { bus }) => ({
    statements: [allow(['events:PutEvents'], [bus.eventBusArn])],
    environment: { BUS_NAME: bus.eventBusName },
  }),
  links: (_, { linkKey, settings }) => ({
    statements: [allow(['kms:GenerateMac'], [linkKey.keyArn])],
    environment: { LINK_KEY_ARN: linkKey.keyArn, PUBLIC_URL: settings.publicUrl },
  }),
  mail: (stack, { names, settings }) => {
    const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ses', resource, resourceName })
    const configuration = names.of('mails')
    return {
      statements: [
        allow(
          ['ses:SendBulkEmail'],
          [arn('identity', settings.senderAddress), arn('configuration-set', configuration)],
        ),
      ],
      environment: { SENDER: settings.senderAddress, MAIL_CONFIGURATION: configuration },
    }
  },
  evidence: (stack, { names, key }, { spec }) => {
    const bucket = names.bucket(stack, 'evidence')
    const files = `arn:${stack.partition}:s3:::${bucket}/${Notice.prefix}_*`
    const asks = spec.kind === 'query'
    return {
      statements: [
        allow([asks ? 's3:GetObject' : 's3:PutObject'], [files]),
        allow([asks ? 'kms:Decrypt' : 'kms:GenerateDataKey'], [key.keyArn]),
      ],
      environment: { EVIDENCE_BUCKET: bucket },
      wildcards: { [files]: 'Files are named at run time, by their notice and content.' },
    }
  },
  sms: () => ({ statements: [allow(['sns:Publish'], ['*'])], environment: {} }),
  series: (stack, around, { spec }) => seriesGrant(stack, around, spec.kind === 'query'),
  lake: lakeGrant,
  quarantine: (stack, { names }, { spec }) => {
    const queueName = names.putAside((spec as { on: { queue: string } }).on.queue)
    return {
      statements: [allow(['sqs:SendMessage'], [stack.formatArn({ service: 'sqs', resource: queueName })])],
      environment: { QUARANTINE_URL: queueUrl(stack, queueName) },
    }
  },
  fleet: (stack, { names }) => {
    const policy = names.of('device')
    const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'iot', resource, resourceName })
    const [things, certificates] = [arn('thing', `${Device.prefix}_*`), arn('cert', '*')]
    return {
      statements: [
        allow(['iot:CreateThing', 'iot:ListThingPrincipals'], [things]),
        allow(['iot:DescribeCertificate'], [certificates]),
        allow(['iot:AttachPolicy'], [certificates, arn('policy', policy)]),
        allow(['iot:CreateCertificateFromCsr', 'iot:AttachThingPrincipal'], ['*']),
      ],
      environment: { DEVICE_POLICY: policy },
      wildcards: {
        [things]: 'Things are made at run time, one a device.',
        [certificates]: 'AWS IoT names a certificate when it signs it.',
      },
    }
  },
  revocations: (stack, { names }) => {
    const policy = names.of('device')
    const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'iot', resource, resourceName })
    const certificates = arn('cert', '*')
    return {
      statements: [
        allow(['iot:UpdateCertificate', 'iot:DescribeCertificate'], [certificates]),
        allow(['iot:DetachPolicy'], [certificates, arn('policy', policy)]),
        allow(['iot:DetachThingPrincipal'], ['*']),
      ],
      environment: { DEVICE_POLICY: policy },
      wildcards: { [certificates]: 'AWS IoT names a certificate when it signs it.' },
    }
  },
  shadow: (stack, _, { spec }) => {
    const things = stack.formatArn({ service: 'iot', resource: 'thing', resourceName: `${Device.prefix}_*` })
    return {
      statements: [allow([spec.kind === 'query' ? 'iot:GetThingShadow' : 'iot:UpdateThingShadow'], [things])],
      environment: {},
      wildcards: { [things]: 'Things are made at run time, one a device.' },
    }
  },
  workflow: (stack, { names, machines }) => ({
    statements: [
      allow(
        ['states:StartExecution'],
        machines.map((machine) => names.machineArn(stack, machine)),
      ),
    ],
    environment: { MACHINE_ARN_PREFIX: names.machineArn(stack, '') },
  }),
}

/** Least privilege and environment of one function, derived from its spec. */
export function grantOf(one: Discovered, stack: Stack, around: Surroundings): Grant {
  const forPorts = portsFor(one).flatMap((port) => ports[port]?.(stack, around, one) ?? [])
  return {
    statements: [...tableStatements(one, stack, around), ...forPorts.flatMap(({ statements }) => statements)],
    wildcards: Object.assign({}, ...forPorts.map(({ wildcards }) => wildcards)),
    environment: Object.assign(
      { TABLE_NAME: around.table.tableName },
      ...forPorts.map(({ environment }) => environment),
    ),
  }
}

/** Statements on the table: actions with the same keys share one, and each holds only for these partition keys. */
function tableStatements(one: Discovered, stack: Stack, { table, key, entities }: Surroundings): PolicyStatement[] {
  const access = tableAccess(one, entities)
  if (access.length === 0) return []
  const keysByAction = new Map<string, Set<string>>()
  for (const { actions, keys, index } of access)
    for (const action of actions) {
      const place = `${index ?? ''} ${action}`
      keysByAction.set(place, new Set([...(keysByAction.get(place) ?? []), ...keys]))
    }
  const placesByKeys = Map.groupBy(keysByAction, ([place, keys]) =>
    [place.split(' ')[0], ...[...keys].sort()].join('\n'),
  )
  const statements = [...placesByKeys.values()].map((places) => {
    const [index, keys] = [places[0]![0].split(' ')[0], places[0]![1]]
    return new PolicyStatement({
      actions: places.map(([place]) => `dynamodb:${place.split(' ')[1]}`),
      resources: [index ? `${table.tableArn}/index/${index}` : table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys].sort() } },
    })
  })
  return [
    ...statements,
    keyUse(
      stack,
      key,
      access.some(({ actions }) => actions.some((each) => /Put|Update|Delete/.test(each))),
    ),
  ]
}
