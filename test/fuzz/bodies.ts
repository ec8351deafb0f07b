import type { Chance } from './chance.ts'

type Json = any

const anyId = /\b([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}\b/g
const idPattern = /^\^([a-z]{3})_\[/
const days = ['2020-01-31', '2024-02-29', '2026-02-28', '2099-12-31']
const instants = ['2020-01-31T10:00:00Z', '2026-02-01T08:30:00.000Z', '2099-12-31T00:00:00Z']

/** Ids that exist, by prefix; grows with every answer, so that later requests meet what earlier ones made. */
export class Pool {
  private readonly ids = new Map<string, string[]>()
  private readonly known = new Set<string>()

  /** Remembers every id in a text. */
  learn(text: string): void {
    for (const [id, prefix] of text.matchAll(anyId)) {
      if (this.known.has(id)) continue
      this.known.add(id)
      const list = this.ids.get(prefix!)
      if (list) list.push(id)
      else this.ids.set(prefix!, [id])
    }
  }

  /** One that exists, mostly one of the oldest, which fit each other, or of the youngest; seldom an unknown one. */
  pick(prefix: string, chance: Chance): string {
    const list = this.ids.get(prefix) ?? []
    if (list.length === 0 || chance.happens(0.04)) return `${prefix}_${String(chance.whole(0, 99)).padStart(26, '0')}`
    const roll = chance.next()
    if (roll < 0.45) return chance.pick(list.slice(0, 3))
    return roll < 0.85 ? chance.pick(list.slice(-4)) : chance.pick(list)
  }

  get size(): number {
    return this.known.size
  }
}

/** Makes inputs that fit, or nearly fit, the schemas of the API document. */
export class Bodies {
  private readonly chance: Chance
  private readonly pool: Pool
  private made = 0

  constructor(chance: Chance, pool: Pool) {
    this.chance = chance
    this.pool = pool
  }

  /** One of the document's own examples about things that exist, under new numbers. */
  fromExample(example: Json): Json {
    return this.like(example, '')
  }

  private like(value: Json, field: string): Json {
    if (Array.isArray(value)) return value.map((item) => this.like(item, field))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.like(item, name)]))
    if (typeof value === 'number') return this.chance.happens(0.5) ? value : this.chance.whole(1, 5)
    if (typeof value !== 'string') return value
    if (/^(code|number|revision|lotNumber|serials)$/i.test(field)) return this.newCode()
    if (field === 'gtin') return this.gtin()
    return value.replace(anyId, (_, prefix: string) => this.pool.pick(prefix, this.chance))
  }

  /** A value that fits a schema of OpenAPI 3.0, as far as the schema tells. */
  fromSchema(schema: Json): Json {
    const { chance } = this
    const choices = schema.oneOf ?? schema.anyOf
    if (choices) return this.fromSchema(chance.pick(choices))
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part: Json) => this.fromSchema(part)))
    if (schema.enum) return schema.enum.includes('each') && chance.happens(0.7) ? 'each' : chance.pick(schema.enum)
    switch (schema.type) {
      case 'object':
        return this.object(schema)
      case 'array': {
        const least = schema.minItems ?? 0
        const most = Math.min(schema.maxItems ?? 3, least + 2)
        return Array.from({ length: chance.whole(least, most) }, () => this.fromSchema(schema.items))
      }
      case 'boolean':
        return chance.happens(0.5)
      case 'integer':
        return chance.whole(Math.max(schema.minimum ?? 0, 0), Math.min(schema.maximum ?? 20, 20))
      case 'number':
        return this.number(schema)
      case 'string':
        return this.text(schema)
      default:
        return chance.pick([null, 1, 'text', {}])
    }
  }

  private object({ properties = {}, required = [], additionalProperties }: Json): Json {
    const chosen = Object.entries<Json>(properties).filter(
      ([name]) => required.includes(name) || this.chance.happens(0.4),
    )
    const own = Object.fromEntries(chosen.map(([name, schema]) => [name, this.fromSchema(schema)]))
    if (typeof additionalProperties !== 'object') return own
    return { ...own, [this.newCode()]: this.fromSchema(additionalProperties) }
  }

  private number({ minimum = 0, maximum = 100 }: Json): number {
    const value = Math.max(minimum, 0) + this.chance.whole(0, 10) + (this.chance.happens(0.2) ? 0.25 : 0)
    return Math.min(value, maximum)
  }

  private text({ pattern, format, minLength = 0, maxLength = 40 }: Json): string {
    const { chance } = this
    const prefix = idPattern.exec(pattern ?? '')?.[1]
    if (prefix) return this.pool.pick(prefix, chance)
    if (format === 'date') return chance.pick(days)
    if (format === 'date-time') return chance.pick(instants)
    if (format === 'email') return chance.pick(['desk@example.com', 'a.b+c@hospital.example'])
    if (!pattern) return 'Some reason in words'.repeat(Math.ceil(minLength / 20) || 1).slice(0, Math.max(3, maxLength))
    const fits = new RegExp(pattern, 'u')
    const candidates = [this.newCode(), 'DE', '123456', this.gtin(), 'Some words', `lot_${'0'.repeat(26)}`]
    return candidates.find((one) => fits.test(one)) ?? 'no idea'
  }

  private newCode(): string {
    this.made += 1
    return `${this.chance.pick(['A', 'B2', 'X-1'])}-${this.made}`
  }

  private gtin(): string {
    const digits = String(this.chance.whole(1e12, 9e12))
    const sum = [...digits]
      .reverse()
      .reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0)
    return `${digits}${(10 - (sum % 10)) % 10}`
  }
}
