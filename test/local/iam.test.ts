import { describe, expect, test } from 'vitest'
import { authorize, statementsOf } from '../../lib/local/iam.ts'

const TABLE = 'arn:aws:dynamodb:eu-central-1:0:table/T'
const who = (...statements: object[]) => ({ name: 'f', arn: 'arn:aws:sts::0:assumed-role/r/f', statements })
const allow = (Action: unknown, Resource: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

type Row = [
  name: string,
  allowed: boolean,
  statements: object[],
  action?: string,
  resource?: string,
  context?: Record<string, string[]>,
]
const keys = (...values: string[]) => ({ 'dynamodb:LeadingKeys': values })
const rows: Row[] = [
  ['nothing allows nothing', false, []],
  ['the same action and resource', true, [allow('dynamodb:GetItem', TABLE)]],
  ['actions ignore case', true, [allow('DynamoDB:getitem', TABLE)]],
  ['a star in the action', true, [allow('dynamodb:Get*', TABLE)]],
  ['a question mark is one character', false, [allow('dynamodb:Ge?Item?', TABLE)]],
  ['another resource', false, [allow('dynamodb:GetItem', `${TABLE}2`)]],
  ['an index is not its table', false, [allow('dynamodb:GetItem', TABLE)], 'dynamodb:GetItem', `${TABLE}/index/i`],
  [
    'a star in the resource',
    true,
    [allow('dynamodb:GetItem', `${TABLE}/index/*`)],
    'dynamodb:GetItem',
    `${TABLE}/index/i`,
  ],
  ['a dot is a dot', false, [allow('dynamodb:GetItem', TABLE.replaceAll(':', '.'))]],
  ['NotAction', true, [{ Effect: 'Allow', NotAction: 'dynamodb:Put*', Resource: '*' }]],
  ['NotAction of the action', false, [{ Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' }]],
  ['deny wins over allow', false, [allow('*', '*'), { Effect: 'Deny', Action: 'dynamodb:GetItem', Resource: '*' }]],
  ['a deny of something else', true, [allow('*', '*'), { Effect: 'Deny', Action: 'dynamodb:PutItem', Resource: '*' }]],
  [
    'a condition that holds',
    true,
    [allow('*', '*', { StringEquals: { 'dynamodb:LeadingKeys': ['a', 'b'] } })],
    undefined,
    undefined,
    keys('b'),
  ],
  [
    'a condition that does not',
    false,
    [allow('*', '*', { StringEquals: { 'dynamodb:LeadingKeys': 'a' } })],
    undefined,
    undefined,
    keys('b'),
  ],
  ['a condition on what is not there', false, [allow('*', '*', { StringEquals: { 'dynamodb:LeadingKeys': 'a' } })]],
  [
    'for all values',
    true,
    [allow('*', '*', { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a', 'b'] } })],
    undefined,
    undefined,
    keys('a', 'b'),
  ],
  [
    'for all values, one is not',
    false,
    [allow('*', '*', { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } })],
    undefined,
    undefined,
    keys('a', 'b'),
  ],
  [
    'for any value',
    true,
    [allow('*', '*', { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['a*'] } })],
    undefined,
    undefined,
    keys('b', 'ab'),
  ],
  [
    'not equals',
    false,
    [allow('*', '*', { StringNotEquals: { 'dynamodb:LeadingKeys': ['a'] } })],
    undefined,
    undefined,
    keys('a'),
  ],
  ['if it exists', true, [allow('*', '*', { StringEqualsIfExists: { 'aws:SourceVpc': 'v' } })]],
]

describe('policies', () => {
  test.each(rows)('%s: %s', (_, allowed, statements, action = 'dynamodb:GetItem', resource = TABLE, context = {}) => {
    const decide = () => authorize(who(...statements), action, resource, context)
    if (allowed) decide()
    else
      expect(decide).toThrow(
        `User: arn:aws:sts::0:assumed-role/r/f is not authorized to perform: ${action} on resource: ${resource}`,
      )
  })
})

describe('roles of the app', () => {
  const resource = (type: string, ref: string, properties: object, attributes = {}) => ({
    stack: 's',
    logicalId: ref,
    type,
    ref,
    properties,
    attributes,
  })
  const role = resource(
    'AWS::IAM::Role',
    'r',
    {
      Policies: [{ PolicyDocument: { Statement: allow('a:One', '*') } }],
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    },
    { Arn: 'role-arn' },
  )

  test('inline and attached policies together', () => {
    const policy = resource('AWS::IAM::Policy', 'p', {
      Roles: ['r'],
      PolicyDocument: { Statement: [allow('a:Two', '*')] },
    })
    const other = resource('AWS::IAM::Policy', 'q', {
      Roles: ['x'],
      PolicyDocument: { Statement: [allow('a:Three', '*')] },
    })
    expect(statementsOf('role-arn', [role, policy, other]).map((each) => each.Action)).toEqual(['a:One', 'a:Two'])
  })

  test('what cannot be evaluated is named', () => {
    const policy = resource('AWS::IAM::Policy', 'p', {
      Roles: ['r'],
      PolicyDocument: { Statement: [allow('a:Two', '*', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })] },
    })
    expect(() => statementsOf('role-arn', [role, policy])).toThrow('the condition operator IpAddress')
    const managed = resource(
      'AWS::IAM::Role',
      'm',
      { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
      { Arn: 'm-arn' },
    )
    expect(() => statementsOf('m-arn', [managed])).toThrow('AdministratorAccess')
  })
})
