import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cloud, Service } from './cloud.ts'
import { readBody, sendJson } from './local-page.ts'
import { onlyProperties } from './properties.ts'
import { type DemoUser, openUserPool, type UserPool } from './user-pool.ts'

const LONGEST_TOKEN_SECONDS = 86_400

/** Cognito user pools: the key set of each pool and a local-only page that signs demo users in. */
export const cognito: Service = {
  name: 'cognito',
  types: ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient', 'AWS::Cognito::UserPoolGroup'],
  async start(cloud) {
    refuseUnknownProperties(cloud)
    const pools = await Promise.all(cloud.ofType('AWS::Cognito::UserPool').map((pool) => openUserPool(cloud, pool)))
    for (const pool of pools)
      cloud.page(`/_local/cognito/${pool.id}/.well-known/jwks.json`, (_, response) =>
        sendJson(response, 200, pool.jwks),
      )
    cloud.page('/_local/token', (request, response) => issueToken(pools, request, response))
  },
  async stop() {},
}

async function issueToken(pools: UserPool[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const user = request.method === 'POST' ? await userOfBody(request) : userOfQuery(request)
    const pool = pools[0]
    if (!pool) throw new Error('the synthesized app has no AWS::Cognito::UserPool')
    const tokens = await pool.issue(user)
    sendJson(response, 200, {
      token: tokens.idToken,
      ...tokens,
      expiresIn: user.seconds,
      use: 'send it as the header Authorization: Bearer <token>',
    })
  } catch (error) {
    sendJson(response, 400, {
      type: 'about:blank',
      title: 'No token issued',
      status: 400,
      detail: error instanceof Error ? error.message : String(error),
      example: { name: 'Quinn Quality', groups: pools[0]?.groups.slice(0, 1) ?? [], sites: ['*'], seconds: 3600 },
    })
  }
}

async function userOfBody(request: IncomingMessage): Promise<DemoUser> {
  const body: unknown = JSON.parse((await readBody(request, 100_000)).toString('utf8'))
  if (typeof body !== 'object' || body === null) throw new Error('the body must be a JSON object')
  return demoUser(body as Record<string, unknown>)
}

function userOfQuery(request: IncomingMessage): DemoUser {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams
  const list = (key: string) => query.getAll(key).flatMap((value) => value.split(',').filter(Boolean))
  return demoUser({
    ...(query.has('name') && { name: query.get('name') }),
    groups: list('groups'),
    ...(query.has('sites') && { sites: list('sites') }),
    ...(query.has('seconds') && { seconds: Number(query.get('seconds')) }),
  })
}

function demoUser(input: Record<string, unknown>): DemoUser {
  const { name = 'Demo User', groups = [], sites = ['*'], seconds = 3600, ...rest } = input
  const texts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string')
  if (Object.keys(rest).length > 0) throw new Error(`unknown field ${Object.keys(rest).join(', ')}`)
  if (typeof name !== 'string' || name.trim() === '') throw new Error('name must be a text')
  if (!texts(groups)) throw new Error('groups must be a list of texts')
  if (!texts(sites)) throw new Error('sites must be a list of texts, ["*"] for every site')
  if (!Number.isInteger(seconds) || (seconds as number) < 1 || (seconds as number) > LONGEST_TOKEN_SECONDS)
    throw new Error(`seconds must be a whole number from 1 to ${LONGEST_TOKEN_SECONDS}`)
  return { name, groups: groups as string[], sites: sites as string[], seconds: seconds as number }
}

/** How a person signs in and recovers an account is replaced by the token page; what changes tokens stops the start. */
function refuseUnknownProperties(cloud: Cloud): void {
  for (const pool of cloud.ofType('AWS::Cognito::UserPool'))
    onlyProperties(
      pool,
      'AccountRecoverySetting',
      'AdminCreateUserConfig',
      'AliasAttributes',
      'AutoVerifiedAttributes',
      'DeletionProtection',
      'DeviceConfiguration',
      'EmailConfiguration',
      'EmailVerificationMessage',
      'EmailVerificationSubject',
      'EnabledMfas',
      'MfaConfiguration',
      'Policies',
      'Schema',
      'SmsVerificationMessage',
      'UserAttributeUpdateSettings',
      'UsernameAttributes',
      'UsernameConfiguration',
      'UserPoolAddOns',
      'UserPoolName',
      'UserPoolTags',
      'UserPoolTier',
      'VerificationMessageTemplate',
    )
  for (const group of cloud.ofType('AWS::Cognito::UserPoolGroup'))
    onlyProperties(group, 'Description', 'GroupName', 'Precedence', 'UserPoolId')
}
