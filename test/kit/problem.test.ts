import { expect, test } from 'vitest'
import { problem, refuse, refused } from '#kit/errors'

const text = refused('Recall "{title}" is {status}, says {who}.', '{who}：召回“{title}”为{status}。')
const who = { en: 'quality', zh: '质量部门' }
const refusal = refuse('recall-open', { title: 'Cold valves', status: 'scoped', who })

test('what a refusal names hides no member of RFC 9457, and is whole beside its text', () => {
  expect(problem(refusal, text, 'en', 'req-1')).toEqual({
    type: 'urn:lotline:problem:recall-open',
    title: 'recall open',
    status: 422,
    detail: 'Recall "Cold valves" is scoped, says quality.',
    code: 'recall-open',
    details: { title: 'Cold valves', status: 'scoped', who },
    requestId: 'req-1',
  })
})

test('a reader gets the text in their language', () => {
  expect(problem(refusal, text, 'zh').detail).toBe('质量部门：召回“Cold valves”为scoped。')
})
