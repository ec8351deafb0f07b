import { type Column, type Expression, nestedQuery, PAYLOAD, type Projection, RAW_PAYLOAD } from './expression.ts'
import { cast, FUNCTIONS, isCastType, REMOTE_FUNCTIONS, type SqlFunction } from './functions.ts'
import { Lexer } from './lexer.ts'
import { equal, field, isFields, isList, OPERATORS, toBoolean, type Value } from './value.ts'

/** A statement ready to run. */
export interface Statement {
  readonly variables: readonly { readonly name: string; readonly expression: Expression }[]
  readonly projection: Projection
  /** Absent where the rule is for Basic Ingest only. */
  readonly topicFilter: string | undefined
  readonly where: Expression | undefined
}

/** The version that brought literals, nested queries and several functions. */
const VERSION_2 = '2016-03-23'
const RESERVED = new Set('SELECT FROM WHERE AS AND OR NOT IN CASE WHEN THEN ELSE END EXISTS SET'.split(' '))
const CONSTANTS: Readonly<Record<string, Value>> = { TRUE: true, FALSE: false, NULL: null }
/** Binary operators, loosest first; NOT stands between AND and the comparisons. */
const LEVELS = [['OR'], ['AND'], ['=', '<>', '<', '<=', '>', '>=', 'IN'], ['+', '-'], ['*', '/', '%']] as const
const COMPARISONS = 2

/** Reads a rule's statement; throws `SqlParseException` for what AWS or this evaluator does not take. */
export function parseStatement(sql: string, version: string): Statement {
  const lexer = new Lexer(sql)
  const parser = new Parser(lexer, version)
  const variables = lexer.accept('SET') ? parser.variables() : []
  const projection = parser.projection()
  const topicFilter = lexer.accept('FROM') ? lexer.topicFilter() : undefined
  const where = lexer.accept('WHERE') ? parser.expression() : undefined
  const rest = lexer.peek()
  if (rest.kind !== 'end') throw lexer.error(`${rest.text} is not expected here`, rest.at)
  return { variables, projection, topicFilter, where }
}

class Parser {
  readonly #lexer: Lexer
  readonly #version: string
  readonly #variables = new Set<string>()

  constructor(lexer: Lexer, version: string) {
    this.#lexer = lexer
    this.#version = version
  }

  variables(): Statement['variables'] {
    const variables: { name: string; expression: Expression }[] = []
    do {
      const { kind, text: name, at } = this.#lexer.next()
      if (kind !== 'variable' || name.length > 65) {
        throw this.#lexer.error(`${name} is not a variable (@ and up to 64 letters, digits or _)`, at)
      }
      if (this.#variables.has(name)) throw this.#lexer.error(`${name} is set twice`, at)
      this.#lexer.expect('=')
      variables.push({ name, expression: this.expression() })
      this.#variables.add(name)
    } while (this.#lexer.accept(','))
    return variables
  }

  projection(): Projection {
    this.#lexer.expect('SELECT')
    if (this.#isValueKeyword()) {
      this.#lexer.next()
      return { value: this.#star() ?? this.expression() }
    }
    const columns: Column[] = []
    do columns.push(this.#column())
    while (this.#lexer.accept(','))
    return { columns }
  }

  /** VALUE is the keyword where an expression follows it, else a field of that name. */
  #isValueKeyword(): boolean {
    const [word, next, afterwards] = [this.#lexer.peek(), this.#lexer.peek(1), this.#lexer.peek(2)]
    if (word.keyword !== 'VALUE') return false
    if (next.text === '*') return afterwards.kind === 'end' || RESERVED.has(afterwards.keyword)
    if (next.kind === 'symbol') return '([{'.includes(next.text)
    return next.kind !== 'end' && (!RESERVED.has(next.keyword) || ['CASE', 'NOT', 'EXISTS'].includes(next.keyword))
  }

  #star(): Expression | undefined {
    return this.#lexer.accept('*') ? PAYLOAD : undefined
  }

  #column(): Column {
    const { at } = this.#lexer.peek()
    const star = this.#star()
    const expression = star ?? this.expression()
    if (this.#lexer.accept('AS')) return { path: this.#aliasPath(), expression }
    if (star) return { path: '*', expression }
    if (!expression.label) throw this.#lexer.error('this expression needs a name: add AS and one', at)
    return { path: [expression.label], expression }
  }

  #aliasPath(): string[] {
    const path: string[] = []
    do {
      const { kind, text, at } = this.#lexer.next()
      if (kind !== 'word' && kind !== 'text') throw this.#lexer.error(`${text} is not a name`, at)
      path.push(text)
    } while (this.#lexer.accept('.'))
    return path
  }

  expression(level = 0): Expression {
    if (level === COMPARISONS && this.#lexer.accept('NOT')) return not(this.expression(level))
    const operators = LEVELS[level]
    if (!operators) return this.#signed()
    let left = this.expression(level + 1)
    for (;;) {
      const operator = operators.find((candidate) => this.#lexer.accept(candidate))
      if (!operator) return left
      left = binary(operator, left, this.expression(level + 1))
    }
  }

  #signed(): Expression {
    if (!this.#lexer.accept('-')) return this.#member()
    return binary('-', constant(0), this.#signed())
  }

  #member(): Expression {
    let expression = this.#primary()
    while (this.#lexer.accept('.')) {
      const { kind, text: name, at } = this.#lexer.next()
      if (kind !== 'word' && kind !== 'text') throw this.#lexer.error(`${name} is not a field name`, at)
      const owner = expression
      expression = { label: name, evaluate: (scope) => field(owner.evaluate(scope), name) }
    }
    return expression
  }

  #primary(): Expression {
    const token = this.#lexer.next()
    if (token.kind === 'text') return constant(token.text)
    if (token.kind === 'number') return constant(Number(token.text))
    if (token.kind === 'variable') return this.#variable(token.text, token.at)
    if (token.text === '(') return this.#parenthesis()
    if (token.text === '[') return this.#list(token.at)
    if (token.text === '{') return this.#fields(token.at)
    if (token.keyword === 'CASE') return this.#case()
    if (token.keyword === 'EXISTS') {
      this.#lexer.expect('(')
      return exists(this.#parenthesis())
    }
    if (token.kind !== 'word' || RESERVED.has(token.keyword)) {
      throw this.#lexer.error(`an expression is expected, not ${token.text}`, token.at)
    }
    if (this.#lexer.accept('(')) return this.#call(token.text, token.at)
    if (Object.hasOwn(CONSTANTS, token.keyword)) return constant(CONSTANTS[token.keyword])
    const name = token.text
    return { label: name, evaluate: ({ row, alias }) => (name === alias ? row : field(row, name)) }
  }

  #variable(name: string, at: number): Expression {
    if (!this.#variables.has(name)) throw this.#lexer.error(`${name} is not set before`, at)
    return { evaluate: (scope) => scope.variables.get(name) }
  }

  /** What stands after an opening parenthesis: a nested query or an expression. */
  #parenthesis(): Expression {
    const { keyword, at } = this.#lexer.peek()
    const inner = keyword === 'SELECT' ? this.#query(at) : this.expression()
    this.#lexer.expect(')')
    return inner
  }

  #query(at: number): Expression {
    this.#needsVersion2('a nested query', at)
    const projection = this.projection()
    this.#lexer.expect('FROM')
    const from = this.#member()
    const alias = this.#lexer.accept('AS') ? this.#aliasPath()[0] : undefined
    const where = this.#lexer.accept('WHERE') ? this.expression() : undefined
    return nestedQuery(projection, from, alias, where)
  }

  #list(at: number): Expression {
    this.#needsVersion2('an array literal', at)
    const items = this.#separated(']', () => this.expression())
    return {
      evaluate: (scope) => items.map((item) => item.evaluate(scope)).filter((value) => value !== undefined),
    }
  }

  #fields(at: number): Expression {
    this.#needsVersion2('an object literal', at)
    const members = this.#separated('}', () => {
      const { kind, text: name, at } = this.#lexer.next()
      if (kind !== 'text') throw this.#lexer.error(`${name} is not a key (keys are strings)`, at)
      this.#lexer.expect(':')
      return { name, expression: this.expression() }
    })
    return {
      evaluate: (scope) =>
        Object.fromEntries(
          members
            .map(({ name, expression }) => [name, expression.evaluate(scope)] as const)
            .filter(([, value]) => value !== undefined),
        ),
    }
  }

  #separated<Item>(close: string, read: () => Item): Item[] {
    const items: Item[] = []
    if (this.#lexer.accept(close)) return items
    do items.push(read())
    while (this.#lexer.accept(','))
    this.#lexer.expect(close)
    return items
  }

  #case(): Expression {
    const subject = this.expression()
    const branches: { when: Expression; result: Expression }[] = []
    this.#lexer.expect('WHEN')
    do {
      const when = this.expression()
      this.#lexer.expect('THEN')
      branches.push({ when, result: this.expression() })
    } while (this.#lexer.accept('WHEN'))
    const otherwise = this.#lexer.accept('ELSE') ? this.expression() : undefined
    this.#lexer.expect('END')
    return {
      evaluate(scope) {
        const value = subject.evaluate(scope)
        if (value === undefined) return undefined
        const chosen = branches.find(({ when }) => equal(value, when.evaluate(scope)) === true)
        return (chosen?.result ?? otherwise)?.evaluate(scope)
      },
    }
  }

  #call(name: string, at: number): Expression {
    const key = name.toLowerCase()
    if (key === 'cast') return this.#cast()
    if (REMOTE_FUNCTIONS.has(key)) {
      throw this.#lexer.error(`${name}() asks another service or MQTT 5 and is not implemented here: leave it out`, at)
    }
    if (!Object.hasOwn(FUNCTIONS, key)) throw this.#lexer.error(`${name}() is not a function of AWS IoT SQL`, at)
    const called: SqlFunction = FUNCTIONS[key]!
    if (called.version2) this.#needsVersion2(`${name}()`, at)
    const args = this.#separated(')', () => this.#star() ?? this.expression())
    if (key === 'encode' && args[0] === PAYLOAD) args[0] = RAW_PAYLOAD
    const [least, most] = called.arity
    return {
      label: name,
      evaluate: (scope) => {
        if (args.length < least || args.length > most) return undefined
        return called.apply(
          args.map((arg) => arg.evaluate(scope)),
          scope,
        )
      },
    }
  }

  #cast(): Expression {
    const operand = this.expression()
    this.#lexer.expect('AS')
    const { keyword: type, text, at } = this.#lexer.next()
    if (!isCastType(type)) throw this.#lexer.error(`${text} is not a type to cast to`, at)
    if (['DECIMAL', 'BOOL', 'BOOLEAN'].includes(type)) this.#needsVersion2(`a cast to ${text}`, at)
    this.#lexer.expect(')')
    return { label: 'cast', evaluate: (scope) => cast(operand.evaluate(scope), type) }
  }

  #needsVersion2(what: string, at: number): void {
    if (this.#version < VERSION_2) {
      throw this.#lexer.error(`${what} needs awsIotSqlVersion ${VERSION_2}; the rule has ${this.#version}`, at)
    }
  }
}

const constant = (value: Value): Expression => ({ evaluate: () => value })

const binary = (operator: string, left: Expression, right: Expression): Expression => ({
  evaluate: (scope) => OPERATORS[operator]!(left.evaluate(scope), right.evaluate(scope)),
})

const not = (operand: Expression): Expression => ({
  evaluate(scope) {
    const value = toBoolean(operand.evaluate(scope))
    return value === undefined ? undefined : !value
  },
})

/** True where the query found something; a query over an object finds one thing or none. */
const exists = (query: Expression): Expression => ({
  evaluate(scope) {
    const found = query.evaluate(scope)
    return isList(found) ? found.length > 0 : isFields(found)
  },
})
