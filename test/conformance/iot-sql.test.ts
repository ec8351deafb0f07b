import { describe, expect, it } from 'vitest'
import { parseSql } from '../../lib/local/iot-sql.ts'
import { vectors } from './vectors.ts'

interface Case {
  id: string
  sql: string
  sqlVersion: string
  topic: string
  payload: unknown
  payloadText?: string
  clock?: number
  matched: boolean
  expected: unknown
  undefined?: boolean
  docSlip?: boolean
  note?: string
}

/** Functions that ask another service: refused when a rule is parsed, with their name. */
const REMOTE =
  /\b(aws_lambda|get_dynamodb|get_mqtt_property|get_registry_data|get_secret|get_thing_shadow|get_user_properties|machinelearning_predict)\s*\(/i

const file = vectors<{ cases: Case[] }>('iot_sql.json')
const cases = file?.cases ?? []
const outOfScope = cases.filter((row) => row.docSlip || REMOTE.test(row.sql))
const inScope = cases.filter((row) => !outOfScope.includes(row))

function run(row: Case): { matched: boolean; value?: unknown } {
  const rule = parseSql(row.sql, row.sqlVersion)
  if (!rule.matches(row.topic)) return { matched: false }
  const payload = Buffer.from(row.payloadText ?? JSON.stringify(row.payload))
  return rule.evaluate({ topic: row.topic, payload, ...(row.clock !== undefined && { timestamp: row.clock }) })
}

describe.skipIf(!file)('IoT SQL agrees with the examples of AWS', () => {
  it.each(inScope.map((row) => [row.id, row.sql, row] as const))('%s %s', (_id, _sql, row) => {
    expect(run(row)).toEqual({
      matched: row.matched,
      ...(row.matched && { value: row.undefined ? undefined : row.expected }),
    })
  })

  it.each(outOfScope.filter((row) => REMOTE.test(row.sql)))('$id is refused by the name of its function', (row) => {
    expect(() => parseSql(row.sql, row.sqlVersion)).toThrow(REMOTE.exec(row.sql)![1])
  })

  it('says what is out of scope', () => {
    console.log(`iot_sql.json: ${inScope.length} of ${cases.length} in scope, ${outOfScope.length} out of scope`)
    for (const row of outOfScope)
      console.log(`  ${row.id} ${row.sql}: ${row.note ?? 'its function asks another service'}`)
    expect(inScope.length).toBeGreaterThan(0)
  })
})
