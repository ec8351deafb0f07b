import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** What a signature is made with. */
export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly region: string
}

const service = 'dynamodb'

/** The key of a day; deriving it anew for each call would take most of a signature's time. */
let kept: { readonly of: string; readonly key: KeyObject } | undefined

function signingKey({ secretAccessKey, region }: Signer, day: string): KeyObject {
  const of = `${day}/${region}/${secretAccessKey}`
  if (kept?.of !== of) {
    const derive = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest()
    const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(derive, `AWS4${secretAccessKey}`)
    kept = { of, key: createSecretKey(key as Buffer) }
  }
  return kept.key
}

/** The headers of a POST to DynamoDB with its signature, version 4; names are in lower case. */
export function signed(
  headers: Readonly<Record<string, string>>,
  body: string,
  signer: Signer,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${signer.region}/${service}/aws4_request`
  const all: Record<string, string> = { ...headers, 'x-amz-date': time }
  if (signer.sessionToken) all['x-amz-security-token'] = signer.sessionToken
  const names = Object.keys(all).sort()
  const lines = names.map((name) => `${name}:${all[name]}\n`).join('')
  const request = `POST\n/\n\n${lines}\n${names.join(';')}\n${hash('sha256', body)}`
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', request)}`
  const signature = createHmac('sha256', signingKey(signer, time.slice(0, 8)))
    .update(text)
    .digest('hex')
  all.authorization = `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return all
}
