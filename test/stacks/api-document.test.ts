import { describe, expect, test } from 'vitest'
import { problem } from '../../lib/kit/errors.ts'
import { deployable, operationsOf } from '../../lib/stacks/api-document.ts'

const document = {
  openapi: '3.0.3',
  paths: {
    '/lots/{lotId}/holds': {
      post: {
        operationId: 'holdLot',
        security: [{ token: [] }],
        summary: 'Stop a lot.',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { properties: { note: { type: 'string', minLength: 1, pattern: '^[^\\p{Cc}]*$' } } },
              examples: { stopped: { value: { note: 'Dry' } } },
            },
          },
        },
        responses: { 200: { description: 'The facts.' } },
        'x-lotline-function': 'quality/hold-lot',
      },
    },
  },
  components: { schemas: { Problem: {} }, securitySchemes: { token: { type: 'http' } } },
}
const made = deployable(document, {
  userPoolArn: 'arn:aws:cognito-idp:eu-central-1:1:userpool/p',
  documentUrl: 'https://s3.eu-central-1.amazonaws.com/assets/1.json',
  integrationUri: (name) => `uri-of-${name}`,
})
const answers = Object.entries<any>(made['x-amazon-apigateway-gateway-responses'])

test('each operation is answered by the function of its file', () => {
  expect(operationsOf(document)).toEqual([{ method: 'post', path: '/lots/{lotId}/holds', name: 'quality/hold-lot' }])
  const { post } = made.paths['/lots/{lotId}/holds']
  expect(post['x-amazon-apigateway-integration']).toMatchObject({ type: 'aws_proxy', uri: 'uri-of-quality/hold-lot' })
  expect(post.operationId).toBe('holdLot')
})

test('tokens of the user pool are required, body and parameters checked before the function', () => {
  const { token } = made.components.securitySchemes
  expect(token['x-amazon-apigateway-authorizer'].providerARNs).toEqual([
    'arn:aws:cognito-idp:eu-central-1:1:userpool/p',
  ])
  const name = made['x-amazon-apigateway-request-validator']
  expect(made['x-amazon-apigateway-request-validators'][name]).toEqual({
    validateRequestBody: true,
    validateRequestParameters: true,
  })
})

// API Gateway would refuse every text with a "p" or a "c" in it.
test('patterns that API Gateway reads otherwise are left to the functions', () => {
  const { post } = made.paths['/lots/{lotId}/holds']
  expect(post.requestBody.content['application/json'].schema.properties.note).toEqual({ type: 'string', minLength: 1 })
})

// A template holds a megabyte: what API Gateway does not run would fill it with some hundred routes.
test('what only readers need stays in the whole document', () => {
  const { post } = made.paths['/lots/{lotId}/holds']
  expect(post).not.toHaveProperty('summary')
  expect(Object.keys(post.responses)).toEqual(['default'])
  expect(Object.keys(post.requestBody.content['application/json'])).toEqual(['schema'])
  expect(post.requestBody.required).toBe(true)
  expect(made.externalDocs.url).toBe('https://s3.eu-central-1.amazonaws.com/assets/1.json')
})

test('the published document itself stays as it is', () => {
  expect(document.components.securitySchemes.token).toEqual({ type: 'http' })
  expect(document.paths['/lots/{lotId}/holds'].post.summary).toBe('Stop a lot.')
})

describe('what API Gateway refuses has the shape of every other problem', () => {
  // Clients must be able to handle one error shape, whoever refuses.
  const members = Object.keys(problem({ refusal: 'x', details: {} }, { kind: 'fault', en: '', zh: '' }, 'en', 'id'))
  test.each(answers)('%s', (_, { statusCode, responseTemplates, responseParameters }) => {
    const body = JSON.parse(responseTemplates['application/json'])
    expect(Object.keys(body)).toEqual(expect.arrayContaining(members))
    expect(String(body.status)).toBe(statusCode)
    expect(body.type).toBe(`urn:lotline:problem:${body.code}`)
    expect(body.detail).not.toMatch(/\{\w+\}/)
    expect(responseParameters['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'")
  })
})
