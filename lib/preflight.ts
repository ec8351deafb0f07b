import { DescribeEndpointsCommand, TimestreamWriteClient } from '@aws-sdk/client-timestream-write'

/** Why this account cannot deploy with Timestream, in one line with what to do; undefined where it can. */
export async function timestreamRefusal(region: string): Promise<string | undefined> {
  const client = new TimestreamWriteClient({ ...(region ? { region } : {}), endpoint: process.env.AWS_ENDPOINT_URL })
  try {
    await client.send(new DescribeEndpointsCommand({}))
    return undefined
  } catch (error) {
    const { name, message } = error as Error
    const where = await client.config.region().catch(() => 'an unknown region')
    return `Timestream for LiveAnalytics is not available to this account in ${where} (${name}: ${message}). It takes no new customers: set "telemetryStore": "dynamodb" in cdk.json.`
  } finally {
    client.destroy()
  }
}
