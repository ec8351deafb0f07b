import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cloud, Permission, Service, WireAnswer, WireCall } from './cloud.ts'
import { onlyProperties } from './properties.ts'
import { escapeXml, WireError } from './wire-error.ts'

// Access, encryption and lifecycle of the cloud's bucket: nothing that a program could notice.
const WITHOUT_EFFECT = [
  'AccessControl',
  'BucketEncryption',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'ObjectLockConfiguration',
  'ObjectLockEnabled',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'Tags',
  'VersioningConfiguration',
]

let root = ''

/** S3: a folder per bucket, addressed path style; keys are encoded so that every key is a file name. */
export const s3: Service = {
  name: 's3',
  types: ['AWS::S3::Bucket'],

  async start(cloud) {
    for (const bucket of cloud.ofType('AWS::S3::Bucket')) onlyProperties(bucket, 'BucketName', ...WITHOUT_EFFECT)
    root = join(cloud.data, 's3')
    cloud.wire('s3', { authorize: permissions, answer: (call) => answer(cloud, call) })
  },

  async stop() {},
}

/** Writes an object; a reader sees the old one or the new one, never half of it. */
export async function putObject(bucket: string, key: string, body: string | Buffer): Promise<void> {
  const path = pathOf(bucket, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, body, { flush: true })
  await rename(`${path}.part`, path)
}

function pathOf(bucket: string, key: string): string {
  // A dot may not stand alone, and a slash separates folders as it does on the console's pages.
  const segments = key.split('/').map((each) =>
    encodeURIComponent(each)
      .replaceAll('%3D', '=')
      .replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E')),
  )
  return join(root, bucket, ...segments.map((each) => each || '%'))
}

function keyOf(path: string): string {
  return path
    .split('/')
    .map((each) => (each === '%' ? '' : decodeURIComponent(each)))
    .join('/')
}

function target(call: Pick<WireCall, 'path'>): { bucket: string; key: string } {
  const [, bucket = '', ...key] = call.path.split('/')
  return { bucket, key: key.map(decodeURIComponent).join('/') }
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
}

function permissions(call: Omit<WireCall, 'principal'>): Permission[] {
  const { bucket, key } = target(call)
  if (key === '') return [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }]
  return [{ action: `s3:${ACTIONS[call.method] ?? call.method}`, resource: `arn:aws:s3:::${bucket}/${key}` }]
}

async function answer(cloud: Cloud, call: WireCall): Promise<WireAnswer> {
  const { bucket, key } = target(call)
  if (!cloud.ofType('AWS::S3::Bucket').some((each) => each.ref === bucket))
    throw new WireError(404, 'NoSuchBucket', `The specified bucket does not exist: ${bucket}`)
  if (key === '' && call.method === 'GET') return list(bucket, call.query)
  if (call.method === 'PUT') {
    if (call.headers['content-encoding']?.includes('aws-chunked') || call.headers['x-amz-copy-source'])
      throw new WireError(501, 'NotImplemented', 'the local cloud takes whole bodies only: no streams, no copies')
    await putObject(bucket, key, call.body)
    return { status: 200, headers: { etag: etag(call.body) }, body: '' }
  }
  if (call.method === 'DELETE') {
    await rm(pathOf(bucket, key), { force: true })
    return { status: 204, body: '' }
  }
  if (call.method !== 'GET' && call.method !== 'HEAD')
    throw new WireError(501, 'NotImplemented', `the local cloud does not implement ${call.method} on ${call.path}`)
  const body = await readFile(pathOf(bucket, key)).catch(() => {
    throw new WireError(404, 'NoSuchKey', `The specified key does not exist: ${key}`)
  })
  const { mtime } = await stat(pathOf(bucket, key))
  const headers = { etag: etag(body), 'last-modified': mtime.toUTCString(), 'content-type': 'application/octet-stream' }
  return { status: 200, headers, body: call.method === 'HEAD' ? '' : body }
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

async function list(bucket: string, query: URLSearchParams): Promise<WireAnswer> {
  if (query.get('delimiter'))
    throw new WireError(501, 'NotImplemented', 'the local cloud lists without a delimiter only')
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const limit = Number(query.get('max-keys') ?? 1000)
  const folder = join(root, bucket)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const keys = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => keyOf(join(entry.parentPath, entry.name).slice(folder.length + 1)))
    .filter((key) => key.startsWith(prefix) && key > after)
    .sort()
  const page = keys.slice(0, limit)
  const contents = await Promise.all(page.map((key) => describe(bucket, key)))
  const truncated = keys.length > page.length
  const next = truncated ? `<NextContinuationToken>${escapeXml(page.at(-1)!)}</NextContinuationToken>` : ''
  const body = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

async function describe(bucket: string, key: string): Promise<string> {
  const { size, mtime } = await stat(pathOf(bucket, key))
  return `<Contents><Key>${escapeXml(key)}</Key><LastModified>${mtime.toISOString()}</LastModified><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
}
