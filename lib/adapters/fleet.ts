import { X509Certificate } from 'node:crypto'
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  type IoTClient,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import type { Ports } from '#kit/ports'
import { restClient } from './aws-client.ts'
import { setting } from './setting.ts'

const client = restClient<IoTClient>({ name: 'iot' })

interface Certificate {
  readonly arn: string
  readonly id: string
  readonly pem: string
}

/**
 * AWS IoT Core's registry and certificate authority. Every call may be repeated except signing, so a certificate
 * of the same key is looked for first. It is bound to its thing before it gets rights: a crash in between leaves
 * one that the next call finds.
 */
export const fleet: Ports['fleet'] = {
  async enroll({ id: thingName, thingType: thingTypeName, attributes, csr }) {
    await client.send(new CreateThingCommand({ thingName, thingTypeName, attributePayload: { attributes } }))
    const { arn, id, pem } = (await signedBefore(thingName, csr)) ?? (await sign(csr))
    await client.send(new AttachThingPrincipalCommand({ thingName, principal: arn }))
    await client.send(new AttachPolicyCommand({ policyName: setting('DEVICE_POLICY'), target: arn }))
    return { certificateId: id, certificatePem: pem }
  },
}

async function signedBefore(thingName: string, csr: string): Promise<Certificate | undefined> {
  const { principals = [] } = await client.send(new ListThingPrincipalsCommand({ thingName }))
  for (const arn of principals) {
    const certificateId = arn.slice(arn.indexOf('/') + 1)
    const { certificateDescription: found } = await client.send(new DescribeCertificateCommand({ certificateId }))
    const pem = found?.certificatePem
    if (pem && found.status === 'ACTIVE' && hasKeyOf(csr, pem)) return { arn, id: certificateId, pem }
  }
  return undefined
}

/** A request carries its public key just as the certificate does: as the same DER bytes. */
function hasKeyOf(csr: string, pem: string): boolean {
  const request = Buffer.from(csr.replace(/-----[^-]+-----/g, ''), 'base64')
  return request.includes(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
}

async function sign(csr: string): Promise<Certificate> {
  const signed = await client.send(
    new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }),
  )
  return { arn: signed.certificateArn!, id: signed.certificateId!, pem: signed.certificatePem! }
}
