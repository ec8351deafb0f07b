import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** The SDK keeps a derived signing key for a day, as the same bytes. */
const keyObjects = new WeakMap<object, KeyObject>()

function keyObject(secret: ArrayBuffer | ArrayBufferView): KeyObject {
  let key = keyObjects.get(secret)
  if (!key) {
    key = createSecretKey(secret as NodeJS.ArrayBufferView)
    keyObjects.set(secret, key)
  }
  return key
}

/**
 * SHA-256, or with a secret its HMAC, for the SDK's signatures: the same values as the SDK's own class, which makes
 * Node inspect the key anew for every signature and takes three steps for one hash: an eighth of the CPU of a call.
 */
export class Sha256 {
  private readonly key: string | KeyObject | undefined
  private bytes: Uint8Array = new Uint8Array()

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.key = typeof secret === 'object' ? keyObject(secret) : secret
  }

  update(data: Uint8Array): void {
    this.bytes = this.bytes.length === 0 ? data : Buffer.concat([this.bytes, data])
  }

  async digest(): Promise<Uint8Array> {
    return this.key === undefined
      ? hash('sha256', this.bytes, 'buffer')
      : createHmac('sha256', this.key).update(this.bytes).digest()
  }

  reset(): void {
    this.bytes = new Uint8Array()
  }
}
