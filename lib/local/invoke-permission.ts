import type { Operation } from './api-routes.ts'
import type { Cloud, Resource } from './cloud.ts'

/** Stops the start when API Gateway may not invoke the function of an operation: deployed, it would answer 500. */
export function requireInvokePermissions(
  cloud: Cloud,
  api: { readonly id: string; readonly stage: string },
  operations: readonly Operation[],
): void {
  const permissions = cloud.ofType('AWS::Lambda::Permission').filter(isForApiGateway)
  const lacking = operations.filter(({ functionArn, method, resourcePath }) => {
    const path = `${method === 'ANY' ? '*' : method}${resourcePath.replaceAll(/\{[^}]+\}/g, '*')}`
    const source = `arn:aws:execute-api:${cloud.region}:${cloud.account}:${api.id}/${api.stage}/${path}`
    return !permissions.some(({ properties: { FunctionName: name, SourceArn: pattern } }) => {
      const same = name === functionArn || name === functionArn.split(':function:')[1]
      return same && (pattern === undefined || covers(pattern, source))
    })
  })
  if (lacking.length === 0) return
  const names = lacking.map(({ method, resourcePath }) => `${method} ${resourcePath}`)
  throw new Error(`no AWS::Lambda::Permission lets API Gateway invoke the function of ${names.join(', ')}`)
}

function isForApiGateway({ properties: { Action, Principal } }: Resource): boolean {
  return Principal === 'apigateway.amazonaws.com' && (Action === 'lambda:InvokeFunction' || Action === 'lambda:*')
}

/** Whether a source ARN with `*` for any text covers another. */
function covers(pattern: string, source: string): boolean {
  const literals = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${literals.join('.*')}$`).test(source)
}
