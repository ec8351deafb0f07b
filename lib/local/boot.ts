import { apiGateway } from './api-gateway.ts'
import { athena } from './athena.ts'
import type { Service } from './cloud.ts'
import { cognito } from './cognito.ts'
import { dynamodb } from './dynamodb.ts'
import { events } from './events.ts'
import { firehose } from './firehose.ts'
import { iotCore } from './iot-core.ts'
import { kms } from './kms.ts'
import { lambda } from './lambda.ts'
import { mail } from './mail.ts'
import { s3 } from './s3.ts'
import { scheduler } from './scheduler.ts'
import { sqs } from './sqs.ts'
import { stepfunctions } from './stepfunctions.ts'
import { streams } from './streams.ts'
import { tallies } from './tally.ts'
import { timestream } from './timestream.ts'
import { wire } from './wire.ts'

/** What the local cloud consists of, in the order in which it starts; it stops the other way round. */
export const boot: readonly Service[] = [
  wire,
  tallies,
  dynamodb,
  kms,
  lambda,
  s3,
  timestream,
  firehose,
  athena,
  mail,
  sqs,
  stepfunctions,
  events,
  scheduler,
  streams,
  iotCore,
  cognito,
  apiGateway,
]
