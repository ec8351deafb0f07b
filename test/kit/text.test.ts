import { expect, test } from 'vitest'
import { textErrors } from '#kit/errors'

test('half of a surrogate pair is found wherever it stands, as value and as name', () => {
  const rule = 'must be Unicode text: it holds half of a surrogate pair'
  expect(
    textErrors({ term: { asks: { en: 'Report', zh: '\ud800' } }, lines: [{ note: 'ok \u{1F600}' }, 'a\udc00'] }),
  ).toEqual([
    { field: 'term.asks.zh', rule },
    { field: 'lines.1', rule },
  ])
  expect(textErrors({ '\udfff': 1 })).toEqual([{ field: '\ufffd', rule }])
  expect(textErrors(Array.from({ length: 50 }, () => '\ud800'))).toHaveLength(20)
  expect(textErrors({ number: 1, none: null, list: [], flag: true, text: '批次 \u{1F600}' })).toEqual([])
})
