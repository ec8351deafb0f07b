/** Resource types with nothing to run on one machine, each with the reason; every other type needs a service. */
export const INERT: ReadonlySet<string> = new Set([
  // Watch and bill the cloud's resources; what they would watch is in the log files of the data folder.
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Logs::LogGroup',
  'AWS::Logs::LogStream',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::IoT::Logging',
  'AWS::XRay::Group',
  'AWS::Budgets::Budget',
  // Keeps past events for a replay by hand; nothing in the app reads it.
  'AWS::Events::Archive',
  // Read by the SDK endpoint when it checks a call; they do nothing by themselves.
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  // Resource policies: locally every service of the app may call every other that the template connects.
  'AWS::Events::EventBusPolicy',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  // The data folder is not encrypted.
  'AWS::KMS::Alias',
  // Facts about the synthesis.
  'AWS::CDK::Metadata',
])
