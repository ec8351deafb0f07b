/** What `CreateTopicRule` answers for a statement that it cannot read; the message says where and what to change. */
export class SqlParseException extends Error {
  override readonly name = 'SqlParseException'
}

/** A piece of a statement. Words keep their case in `text`; `keyword` is the word in capitals. */
export interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'variable' | 'symbol' | 'end'
  readonly text: string
  readonly keyword: string
  readonly at: number
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /'(?:[^']|'')*'|"(?:[^"]|"")*"/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['variable', /@\w+/y],
  ['word', /[A-Za-z_$][\w$]*/y],
  ['symbol', /<>|<=|>=|[=<>+\-*/%(),.[\]{}:]/y],
]

/** Levels divided by `/`; `+` takes the place of one level, a last `#` that of all further ones. */
const isTopicFilter = (text: string): boolean =>
  text !== '' &&
  text.split('/').every((level, index, levels) => {
    return level === '+' || (level === '#' && index === levels.length - 1) || !/[+#]/.test(level)
  })

/** Reads a statement token by token. */
export class Lexer {
  readonly sql: string
  #at = 0

  constructor(sql: string) {
    this.sql = sql
  }

  /** The token `ahead` places further on, without moving. */
  peek(ahead = 0): Token {
    const start = this.#at
    let token = this.next()
    for (let i = 0; i < ahead; i++) token = this.next()
    this.#at = start
    return token
  }

  next(): Token {
    this.#skipSpace()
    const at = this.#at
    if (at === this.sql.length) return { kind: 'end', text: 'the end', keyword: '', at }
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at
      const found = pattern.exec(this.sql)?.[0]
      if (found === undefined) continue
      this.#at = at + found.length
      const quote = found[0]!
      const text = kind === 'text' ? found.slice(1, -1).replaceAll(quote + quote, quote) : found
      return { kind, text, keyword: kind === 'word' ? found.toUpperCase() : '', at }
    }
    throw this.error(`${JSON.stringify(this.sql[at])} is not understood`, at)
  }

  /** Takes the next token when it is this keyword or symbol. */
  accept(wanted: string): boolean {
    const token = this.peek()
    if (token.keyword !== wanted && (token.kind !== 'symbol' || token.text !== wanted)) return false
    this.next()
    return true
  }

  expect(wanted: string): void {
    const token = this.peek()
    if (!this.accept(wanted)) throw this.error(`${wanted} is expected, not ${token.text}`, token.at)
  }

  /** Takes a topic filter, in quotes or bare up to the next space. */
  topicFilter(): string {
    this.#skipSpace()
    const at = this.#at
    let filter = /^[^\s'"]*/.exec(this.sql.slice(at))![0]
    this.#at += filter.length
    if (filter === '' && this.peek().kind === 'text') filter = this.next().text
    if (!isTopicFilter(filter)) throw this.error(`'${filter}' is not a topic filter`, at)
    return filter
  }

  error(what: string, at: number): SqlParseException {
    return new SqlParseException(`${what}, at position ${at + 1} of: ${this.sql}`)
  }

  #skipSpace(): void {
    while (/\s/.test(this.sql[this.#at] ?? '')) this.#at++
  }
}
