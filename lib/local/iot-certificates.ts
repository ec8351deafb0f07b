import { type ControlContext, idOf, invalid, missing, type Operation } from './iot-operation.ts'
import type { Certificate } from './iot-registry.ts'

const CERTIFICATE_STATES = ['ACTIVE', 'INACTIVE', 'REVOKED']

/** Operations on certificates and their policies, and the address where devices connect. */
export function certificateOperations({
  cloud,
  authority,
  registry,
  policyNames,
  deactivated,
}: ControlContext): Operation[] {
  const existing = (id: string) => registry.get('certificate', id) ?? missing(`Certificate ${id} not found`)
  const attached = (target: string) => registry.get('policies', target) ?? []
  const ofCertificate = (method: string, name: string, run: Operation['run']): Operation => {
    return { name, method, path: /^\/certificates\/([^/]+)$/, resource: (id) => `cert/${id}`, run }
  }
  const ofPolicy = (method: string, name: string, run: Operation['run']): Operation => {
    return { name, method, path: /^\/target-policies\/([^/]+)$/, resource: (_, { input }) => input.target ?? '*', run }
  }

  return [
    {
      name: 'CreateCertificateFromCsr',
      method: 'POST',
      path: /^\/certificates$/,
      resource: () => '*',
      async run(_, { input, query }) {
        const issued = await authority.issueDevice(String(input.certificateSigningRequest)).catch((error: Error) => {
          return invalid(`The certificate signing request is not valid: ${error.message}`)
        })
        const now = Date.now() / 1000
        const certificate: Certificate = {
          certificateId: issued.id,
          certificateArn: `arn:aws:iot:${cloud.region}:${cloud.account}:cert/${issued.id}`,
          certificatePem: issued.pem,
          status: query.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE',
          creationDate: now,
          lastModifiedDate: now,
        }
        await registry.set('certificate', issued.id, certificate)
        const { certificateArn, certificateId, certificatePem } = certificate
        return { certificateArn, certificateId, certificatePem }
      },
    },
    ofCertificate('GET', 'DescribeCertificate', (id) => ({ certificateDescription: existing(id) })),
    ofCertificate('PUT', 'UpdateCertificate', async (id, { query }) => {
      const status = query.get('newStatus') ?? ''
      if (!CERTIFICATE_STATES.includes(status)) invalid(`newStatus ${status} must be ${CERTIFICATE_STATES.join(', ')}`)
      const lastModifiedDate = Date.now() / 1000
      await registry.set('certificate', id, {
        ...existing(id),
        status: status as Certificate['status'],
        lastModifiedDate,
      })
      if (status !== 'ACTIVE') deactivated(id)
    }),
    ofPolicy('PUT', 'AttachPolicy', async (policy, { input }) => {
      if (!policyNames.has(policy))
        missing(`Policy ${policy} not found; the synthesized app has no such AWS::IoT::Policy`)
      existing(idOf(input.target))
      const names = attached(input.target)
      if (!names.includes(policy)) await registry.set('policies', input.target, [...names, policy])
    }),
    ofPolicy('POST', 'DetachPolicy', async (policy, { input }) => {
      const left = attached(input.target).filter((name) => name !== policy)
      await registry.set('policies', input.target, left.length > 0 ? left : undefined)
    }),
    {
      name: 'DescribeEndpoint',
      method: 'GET',
      path: /^\/endpoint$/,
      resource: () => '*',
      run: () => ({ endpointAddress: `localhost:${cloud.port + 3}` }),
    },
  ]
}
