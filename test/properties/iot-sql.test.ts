import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSql } from '../../lib/local/iot-sql.ts'

const TOPIC = 'lines/3/oven'

function run(sql: string, payload: unknown = {}, version = '2016-03-23') {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  return parseSql(sql, version).evaluate({ topic: TOPIC, payload: bytes, timestamp: 1_700_000_000_000 })
}
const value = (expression: string, payload: unknown = {}) => run(`SELECT VALUE ${expression} FROM 't'`, payload).value
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

describe('payloads', () => {
  it('SELECT * gives the payload back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(JSON.stringify(run('SELECT *', payload).value)).toBe(JSON.stringify(payload))
      }),
    )
  })

  it('bytes that are not JSON pass through and encode', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x41])
    expect(run('SELECT *', bytes).value).toEqual(bytes)
    expect(run("SELECT encode(*, 'base64') AS data, topic(2) AS line", bytes).value).toEqual({
      data: '/wBB',
      line: '3',
    })
    expect(run('SELECT temperature WHERE temperature > 1', bytes)).toEqual({ matched: false })
  })

  it('a decoded encoding of any text is the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!isJson(text))
        expect(value("decode(encode(text, 'base64'), 'base64')", { text })).toBe(text)
      }),
    )
  })

  it('fields that JavaScript objects inherit are Undefined, and __proto__ is a name like others', () => {
    expect(value('constructor')).toBeUndefined()
    expect(value('isUndefined(a.toString)', { a: {} })).toBe(true)
    const payload = Buffer.from('{"__proto__":{"admin":true}}')
    expect(JSON.stringify(run('SELECT *, 1 AS one', payload).value)).toBe('{"__proto__":{"admin":true},"one":1}')
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('columns', () => {
  it('are named by alias, last field or function, and nested by a dotted alias', () => {
    const payload = { color: { red: 255 }, n: null }
    expect(run('SELECT color.red, n, missing, topic(1), color.red AS a.b, 7 AS a.c', payload).value).toEqual({
      red: 255,
      n: null,
      topic: 'lines',
      a: { b: 255, c: 7 },
    })
    expect(() => run('SELECT 1 + 2')).toThrow('this expression needs a name')
  })

  it('add to the payload, and VALUE may be a field', () => {
    expect(run('SELECT *, 15 AS speed', { a: 1 }).value).toEqual({ a: 1, speed: 15 })
    expect(run('SELECT value, unit', { value: 3, unit: 'C' }).value).toEqual({ value: 3, unit: 'C' })
    expect(run('SELECT VALUE *', [1, 2]).value).toEqual([1, 2])
  })

  it('may use variables that SET gave before', () => {
    const sql = 'SET @c = (f - 32.5) * 5 / 9, @o = { "c": @c } SELECT @o.c AS celsius WHERE @c > 23'
    expect(run(sql, { f: 75 })).toEqual({ matched: true, value: { celsius: 212.5 / 9 } })
    expect(() => run('SET @a = 1, @a = 2 SELECT @a AS a')).toThrow('@a is set twice')
    expect(() => run('SELECT @b AS b')).toThrow('@b is not set before')
  })
})

describe('operators', () => {
  const decimal = fc.integer({ min: -10_000, max: 10_000 }).map((n) => n / 100 + 0)

  it('compute in decimals', () => {
    expect(value('0.1 + 0.2')).toBe(0.3)
    expect(value('0.3 / 0.1')).toBe(3)
    expect(value('5.5 % 0.1')).toBe(0)
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(value('a + b - b', { a, b })).toBe(a)
      }),
    )
  })

  it('divide Int by Int to an Int, and anything by zero to Undefined', () => {
    expect(value('7 / 2')).toBe(3)
    expect(value('7 / 2.5')).toBe(2.8)
    expect(value('7 / 0')).toBeUndefined()
    expect(value('7 % 0')).toBeUndefined()
  })

  it('bind as in SQL', () => {
    expect(value('1 + 2 * 3 - -4')).toBe(11)
    expect(value('NOT 1 = 2 AND 2 > 1 OR false')).toBe(true)
    expect(value('NOT (1 = 1 OR 1 = 2)')).toBe(false)
  })

  it('are Undefined for operands of other types', () => {
    for (const expression of ['true AND 1', 'NOT 0', '[1] > 0', '1 + true', '"a" - 1', 'missing = 1', 'null + "a"']) {
      expect(value(expression), expression).toBeUndefined()
    }
  })

  it('compare deeply and search arrays', () => {
    expect(value("{'a': [1, {'b': null}]} = x", { x: { a: [1, { b: null }] } })).toBe(true)
    expect(value('[1, 2] <> [2, 1]')).toBe(true)
    const arr = [1, 2, 3, 'three', 5.7, null]
    expect(value('3 IN arr', { arr })).toBe(true)
    expect(value("'4' IN arr", { arr })).toBe(false)
    expect(value('EXISTS (SELECT * FROM arr AS a WHERE a = 3)', { arr })).toBe(true)
    expect(value('EXISTS (SELECT * FROM arr AS a WHERE a = 8)', { arr })).toBe(false)
  })
})

describe('functions', () => {
  it('agree with other implementations', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(text, (t) => {
        expect(value(`sha256(${quoted(t)})`)).toBe(createHash('sha256').update(t).digest('hex'))
        expect(value('upper(t)', { t })).toBe(t.toUpperCase())
        expect(value('numbytes(t)', { t })).toBe(Buffer.byteLength(t))
      }),
    )
    expect(value("md2('')")).toBe('8350e5a3e24c153df2275c9f80692773') // RFC 1319
    expect(value("md2('abc')")).toBe('da853b0d3f88d99b30283a69e6ded6bb')
  })

  it('take what is wrong as Undefined', () => {
    for (const expression of [
      'sqrt(-1)',
      'ln(0)',
      'acos(2)',
      'abs()',
      'abs(true)',
      "regexp_matches('a', '(')",
      'chr(300)',
    ]) {
      expect(value(expression), expression).toBeUndefined()
    }
    expect(value("decode('not base64!', 'base64')")).toBeNull()
  })

  it('cast between all types', () => {
    expect(
      value("[cast(true AS Int), cast('-1.5' AS Int), cast(0 AS Boolean), cast('TRUE' AS Bool), cast(1.5 AS String)]"),
    ).toEqual([1, -2, false, true, '1.5'])
  })

  it('replace by Java’s rules', () => {
    expect(value(String.raw`regexp_replace("a1b2", "([a-z])(\d)", "$2$1\$")`)).toBe('1a$2b$')
    expect(value('replace("a$&b", "$&", "$1")')).toBe('a$1b')
  })

  it('read back the time that they wrote, in any zone', () => {
    const pattern = "'yyyy-MM-dd HH:mm:ss.SSS'"
    const milliseconds = fc.integer({ min: 0, max: 4_000_000_000_000 })
    const offset = fc.constantFrom('+08:00', '-03:30', 'Asia/Kolkata', 'UTC')
    fc.assert(
      fc.property(milliseconds, offset, (t, zone) => {
        const read = `time_to_epoch(concat(parse_time(${pattern}, t, zone), ' ', zone), concat(${pattern}, ' VV'))`
        expect(value(read, { t, zone })).toBe(t)
      }),
    )
  })

  it('know summer time and refuse days that are none', () => {
    expect(value("time_to_epoch('2024-07-01 00:00 Europe/Berlin', 'yyyy-MM-dd HH:mm VV')")).toBe(
      Date.UTC(2024, 5, 30, 22),
    )
    expect(value("time_to_epoch('2023-02-29', 'yyyy-MM-dd')")).toBeUndefined()
    expect(value("time_to_epoch('01/02/24 3:04 pm', 'dd/MM/yy h:mm a')")).toBe(Date.UTC(2024, 1, 1, 15, 4))
    expect(value("parse_time('EEE d MMM yy, w/x', 1704067200000, 'Mars/Base')")).toBeUndefined()
    expect(value("parse_time('EEE d MMM yy, w/x', 1704067200000)")).toBe('Mon 1 Jan 24, 1/2024')
  })
})

describe('statements that cannot be read', () => {
  it.each([
    ['SELECT aws_lambda("arn", *) AS x', 'aws_lambda() asks another service'],
    ['SELECT nope(1) AS x', 'nope() is not a function'],
    ['SELECT a FROM', "'' is not a topic filter"],
    ["SELECT a FROM 'x/#/y'", "'x/#/y' is not a topic filter"],
    ['SELECT a b', 'b is not expected here, at position 10'],
    ['SELECT CASE a WHEN 1 END AS x', 'THEN is expected, not END'],
    ["SELECT 'open", 'is not understood'],
    ['DELETE a', 'SELECT is expected, not DELETE'],
  ])('%s', (sql, message) => {
    expect(() => parseSql(sql, '2016-03-23')).toThrow(message)
  })

  it('version 2015-10-08, the default, has no literals, nested queries or encode', () => {
    for (const sql of [
      "SELECT [1] AS a FROM 't'",
      "SELECT (SELECT a FROM b) AS c FROM 't'",
      "SELECT encode(*, 'base64') FROM 't'",
    ]) {
      expect(() => parseSql(sql)).toThrow('needs awsIotSqlVersion 2016-03-23; the rule has 2015-10-08')
    }
  })
})

describe('topic filters', () => {
  it('wildcards do not reach system topics, and bare filters are read', () => {
    expect(parseSql("SELECT * FROM '#'").matches('$aws/things/a')).toBe(false)
    expect(parseSql("SELECT * FROM '$aws/things/+'").matches('$aws/things/a')).toBe(true)
    expect(parseSql('SELECT * FROM lines/+/oven/# WHERE a = 1').matches('lines/3/oven/x/y')).toBe(true)
    expect(parseSql('SELECT *').matches('lines')).toBe(false)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
