import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { beforeAll, expect, test } from 'vitest'
import { fleet } from '../../lib/adapters/fleet.ts'
import { stubAws } from './wire.ts'

process.env.DEVICE_POLICY = 'lotline-device'
const aws = await stubAws()
const arnOf = (id: string) => `arn:aws:iot:eu-central-1:1:cert/${id}`
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A device's request, and a certificate of the same key as AWS would sign it. */
async function makeKey() {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=dev_1',
    keys,
    signingAlgorithm: algorithm,
  })
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=AWS IoT Certificate',
    keys,
    signingAlgorithm: algorithm,
  })
  return { csr: request.toString('pem'), certificatePem: certificate.toString('pem') }
}

let mine: Awaited<ReturnType<typeof makeKey>>
let other: typeof mine
beforeAll(async () => {
  mine = await makeKey()
  other = await makeKey()
})

const device = () => ({
  id: 'dev_1',
  thingType: 'lotline-storage-sensor',
  attributes: { siteId: 'sit_1' },
  csr: mine.csr,
})

/** Answers like a registry that holds these certificates of the thing. */
const registry =
  (certificates: Record<string, { pem: string; status: string }>): typeof aws.reply =>
  ({ method, path }) => {
    const [route] = path.split('?')
    if (method === 'GET' && route === '/things/dev_1/principals')
      return { body: { principals: Object.keys(certificates).map(arnOf) } }
    const [, id = ''] = /^\/certificates\/(\w+)$/.exec(route!) ?? []
    const { pem: certificatePem, status } = certificates[id] ?? {}
    if (method === 'GET' && certificatePem)
      return {
        body: { certificateDescription: { certificateArn: arnOf(id), certificateId: id, certificatePem, status } },
      }
    if (method === 'POST' && route === '/certificates')
      return {
        body: { certificateArn: arnOf('new'), certificateId: 'new', certificatePem: mine.certificatePem },
      }
    return { body: {} }
  }

const calls = () => aws.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`)

test('a device becomes a thing with a signed certificate, bound first, then given its rights', async () => {
  aws.reply = registry({})
  expect(await fleet.enroll(device())).toEqual({ certificateId: 'new', certificatePem: mine.certificatePem })
  expect(calls()).toEqual([
    'POST /things/dev_1',
    'GET /things/dev_1/principals',
    'POST /certificates',
    'PUT /things/dev_1/principals',
    'PUT /target-policies/lotline-device',
  ])
  const [thing, , signing, binding, rights] = aws.seen
  expect(thing!.body).toEqual({
    thingTypeName: 'lotline-storage-sensor',
    attributePayload: { attributes: { siteId: 'sit_1' } },
  })
  expect(signing!.path).toContain('setAsActive=true')
  expect(signing!.body).toEqual({ certificateSigningRequest: mine.csr })
  expect(binding!.headers['x-amzn-principal']).toBe(arnOf('new'))
  expect(rights!.body).toEqual({ target: arnOf('new') })
})

test('after a crash the certificate of the same key is found and none is signed again', async () => {
  aws.reply = registry({
    foreign: { pem: other.certificatePem, status: 'ACTIVE' },
    mine: { pem: mine.certificatePem, status: 'ACTIVE' },
  })
  expect(await fleet.enroll(device())).toEqual({ certificateId: 'mine', certificatePem: mine.certificatePem })
  expect(calls()).not.toContain('POST /certificates')
  expect(aws.seen.at(-1)!.body).toEqual({ target: arnOf('mine') })
})

test('a revoked certificate and one of another key are not taken for it', async () => {
  aws.reply = registry({
    foreign: { pem: other.certificatePem, status: 'ACTIVE' },
    revoked: { pem: mine.certificatePem, status: 'REVOKED' },
  })
  expect((await fleet.enroll(device())).certificateId).toBe('new')
})
