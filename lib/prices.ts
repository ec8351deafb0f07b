/**
 * List prices of AWS in us-east-1, in US dollars, as they stood in 2025; free tiers left out. Written down from AWS's
 * price pages, not fetched: compare them with the pages before you sign a budget.
 */
export const prices = {
  asOf: '2025',
  region: 'us-east-1',
  /** https://aws.amazon.com/iot-core/pricing: per million. Basic Ingest has no messaging fee. */
  iot: { connectionMinutes: 0.08, rulesTriggered: 0.15, actions: 0.15, stepBytes: 5 * 1024 },
  /** https://aws.amazon.com/sqs/pricing: per million requests of a standard queue, in steps of 64 KB. */
  sqs: { requests: 0.4, stepBytes: 64 * 1024 },
  /** https://aws.amazon.com/lambda/pricing: per million requests, and per GB-second on arm64. */
  lambda: { requests: 0.2, gbSecond: 0.0000133334 },
  /** https://aws.amazon.com/dynamodb/pricing/on-demand: per million request units, and per GB-month. */
  dynamodb: { writes: 0.625, reads: 0.125, storage: 0.25, writeBytes: 1024, readBytes: 4096 },
  /** https://aws.amazon.com/xray/pricing: per million traces recorded; the sampling that applies where nobody sets another. */
  xray: { traces: 5, sampledPerSecond: 1, sampledPart: 0.05 },
  /** https://aws.amazon.com/cloudwatch/pricing: per standard alarm. Functions log warnings only. */
  cloudwatch: { alarm: 0.1 },
  /** https://aws.amazon.com/firehose/pricing: per GB taken in, records in steps of 5 KB, and converted to Parquet. */
  firehose: { ingested: 0.029, converted: 0.018, stepBytes: 5 * 1024 },
  /** https://aws.amazon.com/s3/pricing: per GB-month, fresh and in Glacier Instant Retrieval, and per million writes. */
  s3: { standard: 0.023, glacierInstant: 0.004, writes: 5 },
  /** https://aws.amazon.com/timestream/pricing: per million writes (WriteRecords, by the KiB that it begins), GB-hour in memory, GB-month on disk. */
  timestream: { writes: 0.5, memory: 0.036, magnetic: 0.03, writeBytes: 1024 },
} as const
