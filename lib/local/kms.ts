import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud, Service, WireAnswer, WireCall } from './cloud.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { WireError } from './wire-error.ts'

/** KMS: message authentication codes with HMAC keys. The other keys only stand there: the data folder is not encrypted. */
export const kms: Service = {
  name: 'kms',
  types: ['AWS::KMS::Key'],

  async start(cloud) {
    mkdirSync(join(cloud.data, 'kms'), { recursive: true })
    for (const key of cloud.ofType('AWS::KMS::Key')) {
      onlyProperties(key, 'Description', 'EnableKeyRotation', 'KeyPolicy', 'KeySpec', 'KeyUsage', 'Tags')
      const path = pathOf(cloud, key.ref)
      if (key.properties.KeySpec === spec && !existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600 })
    }
    cloud.wire('kms', {
      authorize: (call) => [{ action: `kms:${call.operation}`, resource: keyOf(cloud, bodyOf(call).KeyId).arn }],
      answer: async (call) => answer(cloud, call),
    })
  },

  async stop() {},
}

const bodyOf = ({ body }: Pick<WireCall, 'body'>): Json => JSON.parse(body.toString())

/** The only kind of key that is used for something here. */
const spec = 'HMAC_256'

const pathOf = (cloud: Cloud, id: string) => join(cloud.data, 'kms', id)

function keyOf(cloud: Cloud, id: string): { arn: string; ref: string } {
  const found = cloud.ofType('AWS::KMS::Key').find(({ ref, attributes }) => id === ref || id === attributes.Arn)
  if (!found) throw new WireError(400, 'NotFoundException', `Key '${id}' does not exist`)
  const { ref, attributes, properties } = found
  if (properties.KeySpec !== spec)
    throw new WireError(400, 'InvalidKeyUsageException', `the local cloud uses ${spec} keys only; ${ref} is none`)
  return { arn: attributes.Arn!, ref }
}

function answer(cloud: Cloud, call: WireCall): WireAnswer {
  const { KeyId, MacAlgorithm, Message, Mac } = bodyOf(call)
  const { arn, ref } = keyOf(cloud, KeyId)
  if (MacAlgorithm !== 'HMAC_SHA_256')
    throw new WireError(400, 'InvalidKeyUsageException', `the local cloud does not implement ${MacAlgorithm}`)
  const secret = readFileSync(pathOf(cloud, ref))
  const code = createHmac('sha256', secret).update(Buffer.from(Message, 'base64')).digest()
  if (call.operation === 'GenerateMac') return json({ KeyId: arn, Mac: code.toString('base64'), MacAlgorithm })
  if (call.operation !== 'VerifyMac')
    throw new WireError(400, 'UnknownOperationException', `the local cloud does not implement kms:${call.operation}`)
  const given = Buffer.from(Mac ?? '', 'base64')
  if (given.length !== code.length || !timingSafeEqual(given, code))
    throw new WireError(400, 'KMSInvalidMacException', 'The HMAC verification failed')
  return json({ KeyId: arn, MacAlgorithm, MacValid: true })
}

const json = (body: Json): WireAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
})
