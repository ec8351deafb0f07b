import { type Message, project, type Scope } from './iot-sql/expression.ts'
import { parseStatement } from './iot-sql/parser.ts'
import type { Value } from './iot-sql/value.ts'

/** The SQL statement of an AWS IoT topic rule, parsed once and run on each message. */
export interface TopicRuleSql {
  /** Whether the FROM filter takes the topic. A rule without FROM takes none: it is reached by Basic Ingest only. */
  matches(topic: string): boolean
  /**
   * Runs WHERE and SELECT on a message, whatever its topic: ask `matches` first, except for Basic Ingest.
   * `value` is the outgoing payload, bytes for a `SELECT *` of a payload that is not JSON, undefined for Undefined.
   */
  evaluate(message: Message): { matched: boolean; value?: unknown }
}

/**
 * Parses a rule's statement by AWS's reference of IoT SQL (language versions 2015-10-08 and 2016-03-23).
 * Numbers are doubles, so whole numbers beyond 2^53 are not exact and 10.0 is 10 in either version.
 * Throws `SqlParseException`, naming the place, also for functions that need another service.
 */
export function parseSql(sql: string, version = '2015-10-08'): TopicRuleSql {
  const { variables, projection, topicFilter, where } = parseStatement(sql, version)
  return {
    matches: (topic) => topicFilter !== undefined && topicMatches(topicFilter, topic),
    evaluate(message) {
      const arrived = { ...message, timestamp: message.timestamp ?? Date.now() }
      const values = new Map<string, Value>()
      let content: { readonly value: Value } | undefined
      const scope: Scope = {
        ...{ message: arrived, version, alias: undefined, variables: values },
        // Many rules only pass the bytes on, and then nobody needs them read.
        get row() {
          content ??= { value: contentOf(message) }
          return content.value
        },
      }
      for (const { name, expression } of variables) values.set(name, expression.evaluate(scope))
      if (where && where.evaluate(scope) !== true) return { matched: false }
      return { matched: true, value: project(projection, scope) }
    },
  }
}

/** MQTT filters, but `a/#` does not take `a` itself (AWS says so) and wildcards do not take topics of `$`. */
function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const many = wanted.at(-1) === '#'
  if (many) wanted.pop()
  if (many ? levels.length <= wanted.length : levels.length !== wanted.length) return false
  return wanted.every((level, index) => level === '+' || level === levels[index])
}

function contentOf({ payload }: Message): Value {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return payload // not JSON: rules may still pass it on or encode it
  }
}
