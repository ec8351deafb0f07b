import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/**
 * Lets a command of a person speak to AWS as functions do, by the environment: to the local cloud whose first port is
 * `local`, else with the credentials and region of the person's profile.
 */
export async function takeAccess(local: string | undefined): Promise<void> {
  if (local) {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${Number(local) + 1}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'any',
    })
    return
  }
  const { config } = new DynamoDBClient({})
  const [credentials, AWS_REGION] = await Promise.all([config.credentials(), config.region()])
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken } = credentials
  Object.assign(process.env, { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })
  if (sessionToken) process.env.AWS_SESSION_TOKEN = sessionToken
}
