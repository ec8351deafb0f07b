import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createLocalJWKSet, importJWK, type JSONWebKeySet, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { Cloud, Resource } from './cloud.ts'

/** Who a demo token is for; `sites` becomes the comma-separated claim `custom:sites`, `['*']` means every site. */
export interface DemoUser {
  readonly name: string
  readonly groups: readonly string[]
  readonly sites: readonly string[]
  readonly seconds: number
}

/** The two tokens that signing in to a Cognito user pool gives. */
interface Tokens {
  readonly idToken: string
  readonly accessToken: string
}

/** A Cognito user pool of the template: it issues tokens for demo users and verifies what the API door is shown. */
export interface UserPool {
  readonly arn: string
  readonly id: string
  readonly clientId: string
  readonly groups: readonly string[]
  readonly jwks: JSONWebKeySet
  /** Issues tokens; throws an error that names the group or attribute which the template does not declare. */
  issue(user: DemoUser): Promise<Tokens>
  /** Checks signature, issuer, audience, expiry and use; rejects with jose's error otherwise. */
  verify(token: string, use: 'id' | 'access'): Promise<JWTPayload>
}

/** Opens the pool of one AWS::Cognito::UserPool; its RS256 key stays in the data folder, so tokens survive a restart. */
export async function openUserPool(cloud: Cloud, pool: Resource): Promise<UserPool> {
  const belongsToPool = (resource: Resource) => resource.properties.UserPoolId === pool.ref
  const clients = cloud.ofType('AWS::Cognito::UserPoolClient').filter(belongsToPool)
  const groups = cloud.ofType('AWS::Cognito::UserPoolGroup').filter(belongsToPool)
  if (clients.length === 0) throw new Error(`user pool ${pool.ref} has no AWS::Cognito::UserPoolClient to issue tokens`)

  const key = signingKey(join(cloud.data, 'cognito', `${pool.ref}.jwk.json`))
  const jwks = { keys: [{ kty: key.kty!, n: key.n!, e: key.e!, alg: 'RS256', use: 'sig', kid: key.kid! }] }
  const issuer = `https://cognito-idp.${cloud.region}.amazonaws.com/${pool.ref}`
  const privateKey = await importJWK(key, 'RS256')
  const findKey = createLocalJWKSet(jwks)
  const groupNames = groups.map((group) => String(group.properties.GroupName))
  const clientIds = clients.map((client) => client.ref)
  const sign = (claims: JWTPayload, user: DemoUser, signIn: string) => {
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({ ...claims, auth_time: now, jti: randomUUID(), origin_jti: signIn })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid! })
      .setIssuer(issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + user.seconds)
      .sign(privateKey)
  }

  return {
    arn: pool.attributes.Arn!,
    id: pool.ref,
    clientId: clientIds[0]!,
    groups: groupNames,
    jwks,
    async issue(user) {
      const unknown = user.groups.filter((group) => !groupNames.includes(group))
      if (unknown.length > 0)
        throw new Error(`no group ${unknown.join(', ')} in the user pool; its groups are ${groupNames.join(', ')}`)
      // Each issue is a sign-in of its own, as after entering the password again.
      const signIn = randomUUID()
      const who = { sub: subjectOf(user.name), 'cognito:groups': [...user.groups] }
      const [idToken, accessToken] = await Promise.all([
        sign({ ...who, ...attributesOf(pool, user), aud: clientIds[0]!, token_use: 'id' }, user, signIn),
        sign(
          { ...who, username: user.name, client_id: clientIds[0]!, scope: 'openid', token_use: 'access' },
          user,
          signIn,
        ),
      ])
      return { idToken, accessToken }
    },
    async verify(token, use) {
      const { payload } = await jwtVerify(token, findKey, {
        issuer,
        algorithms: ['RS256'],
        requiredClaims: ['sub', 'exp', 'token_use'],
        ...(use === 'id' && { audience: clientIds }),
      })
      if (payload.token_use !== use) throw new Error(`the token is an ${payload.token_use} token, not an ${use} token`)
      if (use === 'access' && !clientIds.includes(String(payload.client_id)))
        throw new Error(`the token was issued for client ${payload.client_id}, which is not one of this pool`)
      return payload
    },
  }
}

/** The user attributes of an ID token; a custom one must be in the template's schema, as in Cognito. */
function attributesOf(pool: Resource, user: DemoUser): JWTPayload {
  const schema: { Name: string }[] = pool.properties.Schema ?? []
  if (user.sites.length > 0 && !schema.some((attribute) => attribute.Name === 'sites'))
    throw new Error(`user pool ${pool.ref} declares no attribute custom:sites, so a token cannot carry sites`)
  const mailbox = user.name.toLowerCase().replace(/[^a-z0-9]+/g, '.') || 'user'
  return {
    'cognito:username': user.name,
    name: user.name,
    email: `${mailbox}@example.com`,
    email_verified: true,
    ...(user.sites.length > 0 && { 'custom:sites': user.sites.join(',') }),
  }
}

/** The same name gives the same subject on every machine, so a demo's signatures can be compared. */
function subjectOf(name: string): string {
  const hex = createHash('sha256').update(`demo user ${name}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

function signingKey(file: string): JWK {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID() } as JWK
  mkdirSync(dirname(file), { recursive: true })
  // Rename makes the file whole or absent, whenever the process is killed.
  writeFileSync(`${file}.new`, JSON.stringify(key), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return key
}
