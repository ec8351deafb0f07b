import type { JWTPayload } from 'jose'
import type { Role } from '../../lib/kit/command.ts'
import { everyone } from '../../lib/kit/records.ts'
import type { Answer, Call, Door } from './door.ts'
import { claimsOf, type Signer } from './tokens.ts'

export interface Recorded {
  readonly type: string
  readonly entity: string
  readonly id: string
  readonly version: number
  readonly data: any
}

const claimsFor = (role: Role) => claimsOf({ sub: `usr-${role}`, name: `The ${role}`, roles: [role], sites: ['*'] })

/** One person a role, with a token each, who speak to the door. */
export class People {
  private readonly door: Pick<Door, 'call'>
  private readonly sign: Signer
  private readonly tokens: ReadonlyMap<Role, string>

  private constructor(door: Pick<Door, 'call'>, sign: Signer, tokens: ReadonlyMap<Role, string>) {
    this.door = door
    this.sign = sign
    this.tokens = tokens
  }

  static async hire(door: Pick<Door, 'call'>, sign: Signer): Promise<People> {
    const tokens = await Promise.all(
      everyone.map(async (role) => {
        return [role, await sign(claimsFor(role), 7200)] as const
      }),
    )
    return new People(door, sign, new Map(tokens))
  }

  token(role: Role): string {
    return this.tokens.get(role)!
  }

  ask(role: Role, call: Omit<Call, 'token'>): Promise<Answer> {
    return this.door.call({ ...call, token: this.token(role) })
  }

  /** Asks and, where a signature is wanted, signs in again and signs what is shown. */
  async signed(role: Role, call: Omit<Call, 'token'>): Promise<Answer> {
    const answer = await this.ask(role, call)
    return answer.status === 422 ? this.signAs(claimsFor(role), call, answer) : answer
  }

  /** Somebody else of quality approves the notices of a recall. */
  async approve(recallId: string): Promise<Recorded[]> {
    const { status, text } = await this.signedBy('usr-second', {
      ...{ method: 'POST', path: `/recalls/${recallId}/notice-approvals`, body: {} },
    })
    if (status >= 300) throw new Error(`the approval of ${recallId} was answered ${status}: ${text}`)
    return JSON.parse(text).facts
  }

  /** The same as another person of quality. */
  async signedBy(sub: string, call: Omit<Call, 'token'>): Promise<Answer> {
    const claims = claimsOf({ sub, name: `Person ${sub}`, roles: ['quality'], sites: ['*'] })
    return this.signAs(claims, call, await this.door.call({ ...call, token: await this.sign(claims) }))
  }

  private async signAs(claims: JWTPayload, call: Omit<Call, 'token'>, answer: Answer): Promise<Answer> {
    const { code, details } = JSON.parse(answer.text)
    // Outdated is what a reaction to an earlier fact changed meanwhile: it is read again and signed, as people would.
    if (code !== 'signature-missing' && code !== 'signature-outdated') return answer
    const body = { ...(call.body as object), signature: { hash: details.hash, timeZone: 'Europe/Berlin' } }
    return this.signAs(claims, call, await this.door.call({ ...call, body, token: await this.sign(claims) }))
  }

  /** Posts, signing where it is asked for, and gives the recorded facts; throws when the answer is no. */
  async post(role: Role, path: string, body: object, headers: Record<string, string> = {}): Promise<Recorded[]> {
    const { status, text } = await this.signed(role, { method: 'POST', path, body, headers })
    if (status >= 300) throw new Error(`POST ${path} as ${role} was answered ${status}: ${text}`)
    return JSON.parse(text).facts
  }

  /** Posts and gives the id of what was born first. */
  async make(role: Role, path: string, body: object): Promise<string> {
    const [born] = await this.post(role, path, body)
    return born!.id
  }
}
