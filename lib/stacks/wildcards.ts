import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Says why a role may use each of these ARN patterns; cdk-nag reports every pattern that nobody explained. */
export function explainWildcards(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [pattern, reason] of Object.entries(reasons))
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${asReported(scope, pattern)}]`, reason })
}

/** cdk-nag writes what only CloudFormation knows as `<AWS::Region>` or `<LogicalId.Arn>`. */
function asReported(scope: IConstruct, pattern: string): string {
  const resolved = Stack.of(scope).resolve(pattern)
  if (typeof resolved === 'string') return resolved
  const parts: unknown[] = resolved['Fn::Join'][1]
  return parts.map((part) => (typeof part === 'string' ? part : `<${nameOf(part as object)}>`)).join('')
}

function nameOf(reference: { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] }): string {
  return reference.Ref ?? reference['Fn::GetAtt']!.join('.')
}
