// The polyfill has to be there before x509's own dependency injection loads.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'

const keys = { name: 'ECDSA', namedCurve: 'P-256' }
const signing = { name: 'ECDSA', hash: 'SHA-256' }

/** Files of a device in its folder; the private key is made here and never leaves it. */
export const filesOf = (folder: string) => ({
  key: join(folder, 'device.key'),
  csr: join(folder, 'device.csr'),
  certificate: join(folder, 'device.pem'),
  rootCa: join(folder, 'root-ca.pem'),
})

/** Makes the device's key and gives its certificate request, PEM; the same again on the next start. */
export async function certificateRequest(folder: string, name: string): Promise<string> {
  const files = filesOf(folder)
  if (existsSync(files.csr)) return readFileSync(files.csr, 'utf8')
  const pair = await webcrypto.subtle.generateKey(keys, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name}`,
    keys: pair,
    signingAlgorithm: signing,
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)
  const csr = `${request.toString('pem')}\n`
  mkdirSync(folder, { recursive: true })
  writeFileSync(files.key, `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, { mode: 0o600 })
  // The request last: where it is, its key is too.
  writeFileSync(`${files.csr}.new`, csr)
  renameSync(`${files.csr}.new`, files.csr)
  return csr
}

/** Connects by mutual TLS under the device's own id; rejects when the certificate is not accepted. */
export function connectDevice(
  port: number,
  deviceId: string,
  folder: string,
  more: IClientOptions = {},
): Promise<MqttClient> {
  const files = filesOf(folder)
  const options: IClientOptions = {
    clientId: deviceId,
    key: readFileSync(files.key),
    cert: readFileSync(files.certificate),
    ca: readFileSync(files.rootCa),
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...more,
  }
  return connectAsync(`mqtts://localhost:${port}`, options, false)
}
