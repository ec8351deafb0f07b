import type { IncomingMessage } from 'node:http'
import type { Match } from './api-routes.ts'
import type { Cloud } from './cloud.ts'
import { GatewayError } from './gateway-response.ts'
import { flattenClaims } from './proxy-event.ts'
import { openUserPool, type UserPool } from './user-pool.ts'

/** API Gateway keeps an authorizer's answer for 300 s unless told otherwise. */
const CACHE_MS = 300_000
const CACHE_SIZE = 10_000

/** Opens the Cognito authorizer of an API: it reads the Authorization header and gives the claims, or throws a 401. */
export async function openAuthorizer(
  cloud: Cloud,
  operations: { authorizer: { userPoolArns: readonly string[] } | undefined }[],
): Promise<(request: IncomingMessage, match: Match) => Promise<Record<string, string>>> {
  const arns = new Set(operations.flatMap((operation) => operation.authorizer?.userPoolArns ?? []))
  const pools = new Map<string, UserPool>()
  for (const arn of arns) pools.set(arn, await openUserPool(cloud, cloud.find(arn)))
  const cache = new Map<string, { claims: Record<string, string>; until: number }>()

  return async (request, { operation: { authorizer } }) => {
    const token = request.headers.authorization?.replace(/^Bearer +/i, '')
    if (!token) throw new GatewayError('UNAUTHORIZED', 'Unauthorized')
    const use = authorizer!.scopes.length > 0 ? 'access' : 'id'
    const key = `${use} ${authorizer!.userPoolArns} ${authorizer!.scopes} ${token}`
    const cached = cache.get(key)
    if (cached && cached.until > Date.now()) return cached.claims
    cache.delete(key)
    const payload = await firstVerified(
      authorizer!.userPoolArns.map((arn) => pools.get(arn)!),
      token,
      use,
    )
    const granted = String(payload.scope ?? '').split(' ')
    if (use === 'access' && !authorizer!.scopes.some((scope) => granted.includes(scope)))
      throw new GatewayError('UNAUTHORIZED', 'Unauthorized')
    const claims = flattenClaims(payload)
    if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!)
    cache.set(key, { claims, until: Math.min(Date.now() + CACHE_MS, payload.exp! * 1000) })
    return claims
  }
}

async function firstVerified(pools: readonly UserPool[], token: string, use: 'id' | 'access') {
  let message = 'Unauthorized'
  for (const pool of pools)
    try {
      return await pool.verify(token, use)
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_JWT_EXPIRED') message = 'The incoming token has expired'
    }
  throw new GatewayError('UNAUTHORIZED', message)
}
