// The polyfill has to be there before x509's own dependency injection loads.
import 'reflect-metadata'
import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

const EC_KEYS = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }
const CA_NAME = 'CN=lotline local IoT root CA'
const YEAR_MS = 365 * 86_400_000

/** The certificate authority of the local IoT Core; its key stays in the data folder, so devices keep working. */
export interface Authority {
  /** Root CA certificate for devices to trust, PEM. */
  readonly certificatePem: string
  /** A fresh key and certificate for the broker's own TLS port on this machine. */
  issueServer(): Promise<{ key: string; cert: string }>
  /** Signs a device's certificate request; rejects when the request is not readable, not signed by its key or weak. */
  issueDevice(csrPem: string): Promise<{ pem: string; id: string }>
}

/** Opens the authority of a data folder, and makes it on the first start. */
export async function openAuthority(folder: string): Promise<Authority> {
  const file = join(folder, 'ca.pem')
  if (!existsSync(file)) await createAuthority(folder, file)
  const [keyPem = '', certificatePem = ''] = readFileSync(file, 'utf8').split(/(?<=-----END PRIVATE KEY-----\n)/)
  const key = await webcrypto.subtle.importKey('pkcs8', fromPem(keyPem), EC_KEYS, false, ['sign'])
  const root = new x509.X509Certificate(certificatePem)
  const issue = (subject: string, publicKey: x509.PublicKeyType, years: number, extensions: x509.Extension[]) =>
    x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: root.subject,
      notBefore: new Date(Date.now() - 300_000),
      notAfter: new Date(Date.now() + years * YEAR_MS),
      publicKey,
      signingKey: key,
      signingAlgorithm: SIGNING,
      extensions: [new x509.BasicConstraintsExtension(false, undefined, true), ...extensions],
    })

  return {
    certificatePem,
    async issueServer() {
      const pair = await webcrypto.subtle.generateKey(EC_KEYS, true, ['sign', 'verify'])
      const cert = await issue('CN=localhost', pair.publicKey, 2, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          { type: 'ip', value: '::1' },
        ]),
      ])
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)
      return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: cert.toString('pem') }
    },
    async issueDevice(csrPem) {
      const request = new x509.Pkcs10CertificateRequest(csrPem)
      if (!(await request.verify())) throw new Error('the CSR is not signed by the key that it names')
      const { name, modulusLength } = request.publicKey.algorithm as { name: string; modulusLength?: number }
      if (name.startsWith('RSA') && (modulusLength ?? 0) < 2048) throw new Error('an RSA key needs at least 2048 bits')
      const extensions = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]
      const certificate = await issue(request.subject || 'CN=AWS IoT Certificate', request.publicKey, 23, extensions)
      return { pem: `${certificate.toString('pem')}\n`, id: certificateId(certificate.rawData) }
    },
  }
}

/** The id of a certificate as in AWS IoT: the SHA-256 of its DER form, in hex. */
export function certificateId(der: ArrayBuffer | Uint8Array): string {
  return createHash('sha256')
    .update(der instanceof Uint8Array ? der : new Uint8Array(der))
    .digest('hex')
}

async function createAuthority(folder: string, file: string): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(EC_KEYS, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: CA_NAME,
    notBefore: new Date(Date.now() - 300_000),
    notAfter: new Date(Date.now() + 30 * YEAR_MS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')
  mkdirSync(folder, { recursive: true })
  // Key and certificate are one file and come by rename, so a kill never leaves half of them.
  writeFileSync(`${file}.new`, `${key}\n${certificate.toString('pem')}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** A positive serial number of 16 bytes, hex. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}

function fromPem(pem: string): ArrayBuffer {
  return x509.PemConverter.decodeFirst(pem)
}
