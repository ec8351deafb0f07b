import type { Answer, Call, Door } from './door.ts'
import { claimsOf, type Signer } from './tokens.ts'

export type Role = 'admin' | 'purchasing' | 'production' | 'quality' | 'warehouse' | 'logistics' | 'service' | 'auditor'

export interface Recorded {
  readonly type: string
  readonly entity: string
  readonly id: string
  readonly version: number
  readonly data: any
}

/** One person a role, with a token each, who speak to the door. */
export class People {
  private readonly door: Pick<Door, 'call'>
  private readonly tokens: ReadonlyMap<Role, string>

  private constructor(door: Pick<Door, 'call'>, tokens: ReadonlyMap<Role, string>) {
    this.door = door
    this.tokens = tokens
  }

  static async hire(door: Pick<Door, 'call'>, sign: Signer): Promise<People> {
    const roles: Role[] = [
      'admin',
      'purchasing',
      'production',
      'quality',
      'warehouse',
      'logistics',
      'service',
      'auditor',
    ]
    const tokens = await Promise.all(
      roles.map(async (role) => {
        const token = await sign(
          claimsOf({ sub: `usr-${role}`, name: `The ${role}`, roles: [role], sites: ['*'] }),
          7200,
        )
        return [role, token] as const
      }),
    )
    return new People(door, new Map(tokens))
  }

  token(role: Role): string {
    return this.tokens.get(role)!
  }

  ask(role: Role, call: Omit<Call, 'token'>): Promise<Answer> {
    return this.door.call({ ...call, token: this.token(role) })
  }

  /** Posts and gives the recorded facts; throws when the answer is no. */
  async post(role: Role, path: string, body: object, headers: Record<string, string> = {}): Promise<Recorded[]> {
    const { status, text } = await this.ask(role, { method: 'POST', path, body, headers })
    if (status >= 300) throw new Error(`POST ${path} as ${role} was answered ${status}: ${text}`)
    return JSON.parse(text).facts
  }

  /** Posts and gives the id of what was born first. */
  async make(role: Role, path: string, body: object): Promise<string> {
    const [born] = await this.post(role, path, body)
    return born!.id
  }
}
