import type { WireAnswer } from './cloud.ts'

/** An error that the SDK shall see: `name` is AWS's error code. */
export class WireError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = code
    this.status = status
    this.code = code
  }
}

/** AWS protocols differ in how they tell an error. */
export type Protocol = 'json' | 'rest-json' | 'query' | 'rest-xml'

/** Writes an error in the form in which the SDK of that protocol finds its code and message. */
export function errorAnswer(protocol: Protocol, error: WireError): WireAnswer {
  const { status, code, message } = error
  if (protocol === 'json' || protocol === 'rest-json')
    return {
      status,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code },
      body: JSON.stringify({ __type: code, message }),
    }
  const detail = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`
  const body =
    protocol === 'query'
      ? `<ErrorResponse><Error><Type>Sender</Type>${detail}</Error></ErrorResponse>`
      : `<Error>${detail}</Error>`
  return { status, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` }
}

/** Makes text safe inside XML. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
