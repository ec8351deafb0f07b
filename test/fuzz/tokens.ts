import { generateKeyPair, SignJWT } from 'jose'
import { claimsOf, type Signer } from '../cloud/tokens.ts'

/** Authorization headers that must not open the door, by what is wrong with them. */
export type BadTokens = readonly (readonly [how: string, authorization: string | undefined])[]

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes every kind of token that the door must refuse. */
export async function badTokens(sign: Signer): Promise<BadTokens> {
  const claims = claimsOf({ sub: 'usr-eve', name: 'Eve', roles: ['admin', 'quality'], sites: ['*'] })
  const good = await sign(claims)
  const [header = '', payload = '', signature = ''] = good.split('.')
  const whole = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const { privateKey } = await generateKeyPair('RS256')
  const kid = JSON.parse(Buffer.from(header, 'base64url').toString()).kid
  const foreign = await new SignJWT(whole).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
  const promoted = encode({ ...whole, 'cognito:groups': ['admin', 'production'] })
  return [
    ['missing', undefined],
    ['empty', ''],
    ['no scheme word', 'Bearer'],
    ['garbage', 'Bearer not.a.token'],
    ['basic', `Basic ${Buffer.from('admin:admin').toString('base64')}`],
    ['expired', `Bearer ${await sign(claims, -60)}`],
    ['foreign key', `Bearer ${foreign}`],
    ['alg none', `Bearer ${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`],
    ['alg none, signed', `Bearer ${encode({ alg: 'none', kid })}.${payload}.${signature}`],
    ['HS256 with the public id', `Bearer ${encode({ alg: 'HS256', kid })}.${payload}.${signature}`],
    ['changed groups', `Bearer ${header}.${promoted}.${signature}`],
    ['cut signature', `Bearer ${header}.${payload}.${signature.slice(0, -4)}`],
    ['other audience', `Bearer ${await sign({ ...claims, aud: 'another-client' })}`],
    ['other issuer', `Bearer ${await sign({ ...claims, iss: 'https://evil.example' })}`],
    ['access token', `Bearer ${await sign({ ...claims, token_use: 'access' })}`],
    ['very long', `Bearer ${'x'.repeat(6000)}`],
  ]
}
