import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  DetachThingPrincipalCommand,
  IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { GetThingShadowCommand, IoTDataPlaneClient, UpdateThingShadowCommand } from '@aws-sdk/client-iot-data-plane'
import { SESv2Client, SendBulkEmailCommand } from '@aws-sdk/client-sesv2'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { expect, test } from 'vitest'
import { jsonClient, restClient } from '../../lib/adapters/aws-client.ts'
import { signed } from '../../lib/adapters/signature.ts'
import { type Seen, stubAws } from './wire.ts'

const aws = await stubAws()
const [iot, data, ses] = ['iot', 'iotdata', 'ses'].map((name) => restClient<any>({ name }))
const states = jsonClient<any>({ name: 'states', target: 'AWSStepFunctions', version: '1.0' })

const thingName = 'pump:7 (a/b)'
const principal = 'arn:aws:iot:eu-central-1:1:cert/1'
const mails = {
  FromEmailAddress: 'recall@pumps.example',
  DefaultContent: { Template: { TemplateContent: { Subject: '{{subject}}' }, TemplateData: '{}' } },
  BulkEmailEntries: [
    {
      Destination: { ToAddresses: ['a@st-anna.example'] },
      ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"subject":"召回"}' } },
      ReplacementTags: [{ Name: 'lotline-message', Value: 'm' }],
    },
  ],
}

/** What of a request a service looks at; members of a body may stand in any order. */
const asked = ({ method, path, headers, text }: Seen) => {
  const [route, query = ''] = path.split('?')
  return {
    ...{ method, route, query: query.split('&').sort(), target: headers['x-amz-target'] },
    principal: headers['x-amzn-principal'],
    body: text === '' || text === '{}' ? {} : JSON.parse(text),
  }
}

test.each([
  [IoTClient, iot, new CreateThingCommand({ thingName, attributePayload: { attributes: { site: 's' } } })],
  [IoTClient, iot, new AttachThingPrincipalCommand({ thingName, principal })],
  [IoTClient, iot, new AttachPolicyCommand({ policyName: 'a+b', target: principal })],
  [IoTClient, iot, new CreateCertificateFromCsrCommand({ certificateSigningRequest: 'csr', setAsActive: true })],
  [IoTClient, iot, new DescribeCertificateCommand({ certificateId: 'c1' })],
  [IoTClient, iot, new UpdateCertificateCommand({ certificateId: 'c1', newStatus: 'REVOKED' })],
  [IoTClient, iot, new DetachThingPrincipalCommand({ thingName, principal })],
  [IoTDataPlaneClient, data, new GetThingShadowCommand({ thingName, shadowName: 'a b' })],
  [IoTDataPlaneClient, data, new UpdateThingShadowCommand({ thingName, payload: '{"state":{}}' })],
  [SESv2Client, ses, new SendBulkEmailCommand(mails)],
  [SFNClient, states, new StartExecutionCommand({ stateMachineArn: 'arn', name: 'one', input: '{}' })],
] as [new (options: object) => any, any, any][])(
  '%o is asked, and signed, as the SDK does it',
  async (Sdk, ours, command) => {
    await new Sdk({ maxAttempts: 1 }).send(command)
    await ours.send(command)
    const [theirs, own] = aws.seen
    expect(asked(own!)).toEqual(asked(theirs!))
    for (const { method, path, headers, text } of aws.seen) {
      const { authorization = '' } = headers
      const [, service = '', names = ''] = /\/([\w-]+)\/aws4_request, SignedHeaders=([^,]*)/.exec(authorization) ?? []
      const date = String(headers['x-amz-date']).replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')
      const others = names.split(';').filter((name) => name !== 'x-amz-date')
      const again = signed(
        Object.fromEntries(others.map((name) => [name, String(headers[name])])),
        text,
        { accessKeyId: 'test', secretAccessKey: 'test', region: 'eu-central-1', service },
        new Date(date),
        { method: method as 'GET', path: path.split('?')[0]!, query: path.split('?')[1] },
      )
      expect(again.authorization).toBe(authorization)
    }
  },
)
