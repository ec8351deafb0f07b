import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** What a signature is made with. */
export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly region: string
  /** Signing name of the service, e.g. `dynamodb`. */
  readonly service: string
}

/** Keys of the day; deriving one anew for each call would take most of a signature's time. */
const kept = new Map<string, { readonly day: string; readonly key: KeyObject }>()

function signingKey({ secretAccessKey, region, service }: Signer, day: string): KeyObject {
  const of = `${region}/${service}/${secretAccessKey}`
  const known = kept.get(of)
  if (known?.day === day) return known.key
  const derive = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest()
  const bytes = [day, region, service, 'aws4_request'].reduce<string | Buffer>(derive, `AWS4${secretAccessKey}`)
  const key = createSecretKey(bytes as Buffer)
  kept.set(of, { day, key })
  return key
}

export type Method = 'POST' | 'PUT' | 'GET' | 'PATCH' | 'DELETE'

/** What is asked of a service, and where; path and query are as they stand on the wire, the query sorted by name. */
export interface Target {
  readonly method: Method
  readonly path: string
  readonly query?: string | undefined
}

/** Text as it stands in a path or a query (RFC 3986). */
export const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** The headers of a request with its AWS signature, version 4; names are in lower case. */
export function signed(
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
  signer: Signer,
  now: Date,
  { method, path, query = '' }: Target = { method: 'POST', path: '/' },
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${signer.region}/${signer.service}/aws4_request`
  const all: Record<string, string> = { ...headers, 'x-amz-date': time }
  if (signer.sessionToken) all['x-amz-security-token'] = signer.sessionToken
  const names = Object.keys(all).sort()
  const lines = names.map((name) => `${name}:${all[name]}\n`).join('')
  // Every service but S3 escapes once more what is escaped on the wire.
  const signedPath = signer.service === 's3' ? path : path.split('/').map(escaped).join('/')
  const request = `${method}\n${signedPath}\n${query}\n${lines}\n${names.join(';')}\n${hash('sha256', body)}`
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', request)}`
  const signature = createHmac('sha256', signingKey(signer, time.slice(0, 8)))
    .update(text)
    .digest('hex')
  all.authorization = `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return all
}
