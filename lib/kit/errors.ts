import type * as z from 'zod'

/** HTTP status of each kind of answer that is not a success; the only such table. */
export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  absent: 404,
  conflict: 409,
  refused: 422,
  throttled: 429,
  fault: 500,
} as const

export type Kind = keyof typeof statusOf
export type Language = 'en' | 'zh'
export type Details = Readonly<Record<string, unknown>>

/** What a refusal says to a person: `{name}` is replaced by the detail of that name. */
export interface RefusalText {
  readonly kind: Kind
  readonly en: string
  readonly zh: string
  /** Set where several commands share the refusal, so that one example shows it for all. */
  readonly shared?: true
}

const textOf =
  (kind: Kind) =>
  (en: string, zh: string): RefusalText => ({ kind, en, zh })

/** Declares a refusal because a named thing does not exist (404). */
export const absent = textOf('absent')
/** Declares a refusal because the state of the world changed or exists already (409). */
export const conflict = textOf('conflict')
/** Declares a refusal because a person may not do this (403). */
export const forbidden = textOf('forbidden')
/** Declares a refusal because the input contradicts itself or the records (400). */
export const invalid = textOf('invalid')
/** Declares a refusal because a business rule says no (422). */
export const refused = textOf('refused')

/** Marks refusals that several commands declare, so that one example anywhere shows each of them. */
export function shared<T extends Record<string, RefusalText>>(texts: T): { [K in keyof T]: RefusalText } {
  const marked = Object.entries(texts).map(([code, text]) => [code, { ...text, shared: true }])
  return Object.fromEntries(marked)
}

/** The business says no: returned by `decide`, never thrown. */
export interface Refusal<Code extends string = string> {
  readonly refusal: Code
  readonly details: Details
}

/** Says no with a declared code and the details its text names. */
export const refuse = <Code extends string>(code: Code, details: Details = {}): Refusal<Code> => ({
  refusal: code,
  details,
})

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refusal' in value

/** The refusals that the kit itself makes for every route; commands need not declare them. */
export const kitRefusals = {
  'input-invalid': invalid(
    'The request does not fit its schema; see "errors" for each field and rule.',
    '请求不符合其模式；每个字段及规则见 “errors”。',
  ),
  'token-missing': textOf('unauthenticated')(
    'No valid token came with the request. Sign in and send "Authorization: Bearer <token>".',
    '请求未带有效令牌。请登录并发送 “Authorization: Bearer <令牌>”。',
  ),
  'role-missing': forbidden(
    'This needs one of the roles {roles}. Ask your administrator to add you to one of these groups.',
    '此操作需要角色之一：{roles}。请管理员将您加入其中一个组。',
  ),
  'link-invalid': forbidden(
    'This link was never signed for this: it was changed or cut off. Open it again from the message that brought it.',
    '此链接未经签发：可能被修改或截断。请从原消息中重新打开。',
  ),
  'link-expired': forbidden(
    'This link was valid until {until}. Ask the sender of the message for a new one.',
    '此链接有效期至 {until}，现已失效。请向发件人索取新链接。',
  ),
  'site-foreign': forbidden(
    '{name} {id} belongs to site {siteId}, which your token does not list. Ask your administrator for that site.',
    '{name} {id} 属于站点 {siteId}，您的令牌不含该站点。请向管理员申请。',
  ),
  'route-unknown': absent('No such route. The API document lists all of them.', '无此路由。全部路由见 API 文档。'),
  'entity-unknown': absent(
    'There is no {name} {id}. Check the id in "{field}".',
    '不存在 {name} {id}。请检查 “{field}” 中的编号。',
  ),
  'key-reused': conflict(
    'Idempotency-Key {key} was used before with another request. Use a new key for a new request.',
    'Idempotency-Key {key} 已用于另一请求。新请求请使用新键。',
  ),
  'already-exists': conflict(
    'A {name} with {key} exists already. Use the existing one or choose another {field}.',
    '已存在 {key} 的 {name}。请使用现有记录或更改 {field}。',
  ),
  'stock-short': refused(
    'Lot {lot} has {onHand} at {place}, but {wanted} are wanted. Count or move stock first.',
    '批次 {lot} 在 {place} 有 {onHand}，需要 {wanted}。请先盘点或移库。',
  ),
  'stock-frozen': refused(
    'Lot {lot} is frozen by recall {recalls}. It may only be kept, counted, returned or scrapped.',
    '批次 {lot} 已被召回 {recalls} 冻结，只可留存、盘点、退回或报废。',
  ),
  'signature-missing': refused(
    'This needs your signature, which means: {meaning} Read what is signed, sign in again and, within {seconds} s, repeat the request with "signature": its hash {hash} and your time zone.',
    '此操作须电子签名，含义为：{meaning}请阅读所签内容，重新登录，并在 {seconds} 秒内附上 “signature”（哈希 {hash} 及您的时区）重新提交。',
  ),
  'sign-in-old': forbidden(
    'You signed in at {signedInAt}; a signature needs a sign-in that is at most {seconds} s old. Sign in again, then sign.',
    '您的登录时间为 {signedInAt}；电子签名要求登录不超过 {seconds} 秒。请重新登录后再签名。',
  ),
  'sign-in-used': conflict(
    'This sign-in has signed something already; each signature needs its own. Sign in again, then sign.',
    '本次登录已用于签名；每次签名须单独登录。请重新登录后再签名。',
  ),
  'signature-outdated': conflict(
    'You signed {signed}, but what stands there now is {hash}: it changed since you read it, or is another record. Read it again, then sign.',
    '您签署的是 {signed}，而当前内容为 {hash}：内容已变更或并非同一记录。请重新阅读后再签名。',
  ),
  'signer-involved': forbidden(
    'What is judged here is your own doing, so another person must sign: {meaning}',
    '此处评判的是您本人的行为，须由另一人签名：{meaning}',
  ),
  'too-busy': textOf('conflict')(
    'Others keep changing {about}. Nothing was written; send the request again.',
    '他人正在不断更改 {about}。未写入任何内容；请重新发送请求。',
  ),
  fault: textOf('fault')(
    'The machine failed, not your request. Send it again with the same Idempotency-Key; report request {requestId} if it stays.',
    '系统故障，并非您的请求有误。请用同一 Idempotency-Key 重试；若仍失败，请报告请求 {requestId}。',
  ),
} as const satisfies Record<string, RefusalText>

export type KitRefusal = keyof typeof kitRefusals

/** One field that breaks one rule of the schema. */
export interface FieldError {
  readonly field: string
  readonly rule: string
}

/** The one error shape on every wire (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** What `detail` names, for a machine; apart, so that no name of ours hides one of RFC 9457's. */
  readonly details: Details
  readonly requestId?: string
  readonly errors?: readonly FieldError[]
}

/** A detail that is itself a text in each language shows in the reader's. */
const worded = (value: any, language: Language) => value?.[language] ?? value ?? '?'

const fill = (template: string, details: Details, language: Language) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(worded(details[name], language)))

/** Makes the problem document of a refusal in the reader's language. */
export function problem(refusal: Refusal, text: RefusalText, language: Language, requestId?: string): Problem {
  const { errors, ...details } = refusal.details as { errors?: FieldError[] }
  return {
    type: `urn:lotline:problem:${refusal.refusal}`,
    title: refusal.refusal.replaceAll('-', ' '),
    status: statusOf[text.kind],
    detail: fill(text[language], { requestId, ...details }, language),
    code: refusal.refusal,
    details,
    ...(requestId === undefined ? {} : { requestId }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** What is told of one input; more would bury it. */
const mostErrors = 20

/** What of an input breaks its schema, field by field; 20 at most. */
export const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.slice(0, mostErrors).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.') || '(body)', rule: issue.message }]
    return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), rule: 'unknown field; remove it' }))
  })

/** Texts of an input that are no Unicode, as half of a surrogate pair is none: no database takes them. 20 at most. */
export function textErrors(input: unknown, path: readonly string[] = []): FieldError[] {
  if (typeof input === 'string')
    return input.isWellFormed()
      ? []
      : [{ field: path.join('.').toWellFormed(), rule: 'must be Unicode text: it holds half of a surrogate pair' }]
  if (typeof input !== 'object' || input === null) return []
  const errors = Object.entries(input).flatMap(([name, value]) => [
    ...(name.isWellFormed() ? [] : textErrors(name, [...path, name])),
    ...textErrors(value, [...path, name]),
  ])
  return errors.slice(0, mostErrors)
}
