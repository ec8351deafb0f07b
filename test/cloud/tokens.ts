import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, importJWK, type JWTPayload, SignJWT } from 'jose'

/** Makes tokens that the local user pool's own key signs, with any claims; each is a sign-in of its own. */
export type Signer = (claims: JWTPayload, seconds?: number) => Promise<string>

/** Opens the signing key of the one user pool of a running local cloud. */
export async function tokenSigner(port: number, data: string): Promise<Signer> {
  const folder = join(data, 'cognito')
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.jwk.json'))
  const jwk = JSON.parse(readFileSync(join(folder, file!), 'utf8'))
  const key = await importJWK(jwk, 'RS256')
  const page = await fetch(`http://127.0.0.1:${port}/_local/token`, { method: 'POST', body: '{"groups":[]}' })
  const { iss, aud } = decodeJwt(((await page.json()) as { token: string }).token)
  return (claims, seconds = 3600) => {
    const now = Math.floor(Date.now() / 1000)
    const signIn = { auth_time: now, origin_jti: randomUUID() }
    return new SignJWT({ iss: iss!, aud: aud!, token_use: 'id', iat: now, exp: now + seconds, ...signIn, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid })
      .sign(key)
  }
}

/** Claims of a person as the user pool would put them into an ID token. */
export const claimsOf = (who: {
  readonly sub: string
  readonly name: string
  readonly roles: readonly string[]
  readonly sites: readonly string[]
}): JWTPayload => ({
  sub: who.sub,
  name: who.name,
  'cognito:groups': [...who.roles],
  'custom:sites': who.sites.join(','),
})
