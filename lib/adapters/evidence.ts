import { createHash } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Ports } from '#kit/ports'
import { setting } from './setting.ts'

const client = new S3Client({})

const placeOf = (owner: string, sha256: string) => ({ Bucket: setting('EVIDENCE_BUCKET'), Key: `${owner}/${sha256}` })

/** Amazon S3, under the hash of the content: it checks the hash itself, and the same content twice is one object. */
export const evidence: Ports['evidence'] = {
  async keep(owner, type, data) {
    const Body = Buffer.from(data, 'base64')
    const digest = createHash('sha256').update(Body).digest()
    const sha256 = digest.toString('hex')
    const ChecksumSHA256 = digest.toString('base64')
    await client.send(new PutObjectCommand({ ...placeOf(owner, sha256), Body, ContentType: type, ChecksumSHA256 }))
    return { sha256, bytes: Body.length }
  },

  async read(owner, sha256) {
    const { Body } = await client.send(new GetObjectCommand(placeOf(owner, sha256)))
    return Body!.transformToString('base64')
  },
}
