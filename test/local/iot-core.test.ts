// biome-ignore-all lint/suspicious/noTemplateCurlyInString: AWS writes policy variables and substitutions like this
import 'reflect-metadata'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  IoTClient,
  ListThingPrincipalsCommand,
  UpdateCertificateCommand,
  UpdateThingCommand,
} from '@aws-sdk/client-iot'
import {
  GetThingShadowCommand,
  IoTDataPlaneClient,
  PublishCommand,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Resource } from '../../lib/local/cloud.ts'
import { iotCore } from '../../lib/local/iot-core.ts'
import { type FakeCloud, fakeCloud, resource, serveWire } from './fake-cloud.ts'

const PORT = 22110
const arn = (tail: string) => `arn:aws:iot:eu-central-1:000000000000:${tail}`
const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`
const queueUrl = (name: string) => `http://127.0.0.1:${PORT + 1}/000000000000/${name}`
const RULE_ROLE = 'arn:aws:iam::000000000000:role/rules'
const toQueue = (name: string) => ({ Sqs: { QueueUrl: queueUrl(name), RoleArn: RULE_ROLE, UseBase64: false } })
const rule = (name: string, sql: string, actions: object[], errorAction?: object) =>
  resource(
    'AWS::IoT::TopicRule',
    name,
    {
      RuleName: name,
      TopicRulePayload: {
        Sql: sql,
        AwsIotSqlVersion: '2016-03-23',
        Actions: actions,
        ...(errorAction && { ErrorAction: errorAction }),
      },
    },
    { Arn: arn(`rule/${name}`) },
  )
const THING = '${iot:Connection.Thing.ThingName}'
const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: arn(`client/${THING}`) },
    {
      Effect: 'Allow',
      Action: ['iot:Publish', 'iot:Receive'],
      Resource: [
        arn(`topic/devices/${THING}/*`),
        arn(`topic/$aws/rules/readings/${THING}`),
        arn(`topic/$aws/things/${THING}/shadow/*`),
      ],
    },
    {
      Effect: 'Allow',
      Action: 'iot:Subscribe',
      Resource: [arn(`topicfilter/devices/${THING}/*`), arn(`topicfilter/$aws/things/${THING}/shadow/*`)],
    },
    { Effect: 'Deny', Action: 'iot:Publish', Resource: arn(`topic/devices/*/forbidden`) },
  ],
}

const CREATE = '$aws/certificates/create-from-csr/json'
const PROVISION = '$aws/provisioning-templates/claim/provision/json'
const answersOf = (topic: string) => [`${topic}/accepted`, `${topic}/rejected`]
const claimPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: arn('client/${iot:ClientId}') },
    { Effect: 'Deny', Action: 'iot:Connect', Resource: arn('client/pump-*') },
    { Effect: 'Allow', Action: 'iot:Publish', Resource: [CREATE, PROVISION].map((topic) => arn(`topic/${topic}`)) },
    ...(['iot:Subscribe topicfilter', 'iot:Receive topic'] as const).map((right) => {
      const [Action, kind] = right.split(' ')
      const Resource = [CREATE, PROVISION].flatMap(answersOf).map((topic) => arn(`${kind}/${topic}`))
      return { Effect: 'Allow', Action, Resource }
    }),
  ],
}
const template = {
  Parameters: { Serial: { Type: 'String' }, Name: { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'Name' }, ThingTypeName: 'sensor' } },
    certificate: {
      Type: 'AWS::IoT::Certificate',
      Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
    },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'device' } },
  },
  DeviceConfiguration: { serial: { Ref: 'Serial' } },
}
const HOOK = 'arn:aws:lambda:eu-central-1:000000000000:function:hook'

function app(): Resource[] {
  return [
    resource('AWS::IoT::Policy', 'claim', { PolicyName: 'claim', PolicyDocument: claimPolicy }),
    resource(
      'AWS::IoT::ProvisioningTemplate',
      'claim',
      {
        ...{ TemplateName: 'claim', Enabled: true, ProvisioningRoleArn: RULE_ROLE },
        ...{ PreProvisioningHook: { TargetArn: HOOK }, TemplateBody: JSON.stringify(template) },
      },
      { TemplateArn: arn('provisioningtemplate/claim') },
    ),
    ...['readings', 'errors', 'broken'].map((name) =>
      resource('AWS::SQS::Queue', queueUrl(name), {}, { Arn: queueArn(name) }),
    ),
    resource('AWS::IoT::Policy', 'device', { PolicyName: 'device', PolicyDocument: policy }),
    resource('AWS::IoT::ThingType', 'sensor', { ThingTypeName: 'sensor' }),
    rule('readings', "SELECT *, topic(1) AS device, clientid() AS client FROM 'unused/+'", [toQueue('readings')]),
    rule('broken', "SELECT temperature FROM 'devices/+/broken'", [toQueue('broken')], toQueue('errors')),
    rule('lossy', "SELECT * FROM 'devices/+/lossy'", [toQueue('broken')]),
    rule('alarms', "SELECT temperature FROM 'devices/+/temperature' WHERE temperature > 8", [
      { Republish: { Topic: 'alarms/${topic(2)}', Qos: 1, RoleArn: RULE_ROLE } },
      { S3: { BucketName: 'lake', Key: '${topic(2)}/${temperature}.json', RoleArn: RULE_ROLE } },
      { Lambda: { FunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:alarm' } },
    ]),
    rule(
      'circle',
      "SELECT * FROM 'circle'",
      [{ Republish: { Topic: 'circle', RoleArn: RULE_ROLE } }],
      toQueue('errors'),
    ),
  ]
}

interface Device {
  readonly name: string
  readonly key: string
  readonly cert: string
  readonly certificateArn: string
  readonly certificateId: string
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const sdk = { endpoint: `http://127.0.0.1:${PORT + 1}`, region: 'eu-central-1', credentials, maxAttempts: 1 }
const iot = new IoTClient(sdk)
const iotData = new IoTDataPlaneClient(sdk)
const folder = mkdtempSync(join(tmpdir(), 'lotline-device-'))
const clients: MqttClient[] = []

let held: Promise<void> | undefined
let cloud: FakeCloud
let wire: Server
let pump: Device
let fridge: Device

const newCloud = () =>
  fakeCloud(PORT, app(), {
    data: join(folder, 'data'),
    async send(queue) {
      await held
      if (queue === queueArn('broken')) throw new Error('the queue is on fire')
    },
    async invoke(functionArn, { parameters }) {
      if (functionArn !== HOOK) return undefined
      const allowProvisioning = parameters.Serial === 'S-1'
      return { allowProvisioning, parameterOverrides: { Name: 'pump-claimed' } }
    },
  })

beforeAll(async () => {
  cloud = newCloud()
  await iotCore.start(cloud)
  wire = await serveWire(cloud)
  pump = await register('pump-1')
  fridge = await register('fridge-1')
})
afterEach(async () => {
  held = undefined
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)))
})
afterAll(async () => {
  wire.closeAllConnections()
  wire.close()
  await iotCore.stop()
  rmSync(folder, { recursive: true, force: true })
})

function newKeyAndCsr(name: string): { key: string; csr: string } {
  const [key, csr] = [join(folder, `${name}.key`), join(folder, `${name}.csr`)]
  const request = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync('openssl', [...request, '-subj', `/CN=${name}`, '-keyout', key, '-out', csr], { stdio: 'pipe' })
  return { key: readFileSync(key, 'utf8'), csr: readFileSync(csr, 'utf8') }
}

async function issue(name: string, setAsActive = true) {
  const { key, csr } = newKeyAndCsr(name)
  const issued = await iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive }))
  return {
    name,
    key,
    cert: issued.certificatePem!,
    certificateArn: issued.certificateArn!,
    certificateId: issued.certificateId!,
  }
}

async function register(thingName: string): Promise<Device> {
  const device = await issue(thingName)
  await iot.send(new CreateThingCommand({ thingName, thingTypeName: 'sensor' }))
  await iot.send(new AttachPolicyCommand({ policyName: 'device', target: device.certificateArn }))
  await iot.send(new AttachThingPrincipalCommand({ thingName, principal: device.certificateArn }))
  return device
}

async function page(): Promise<{ rootCa: string; refused: Record<string, number> }> {
  let body = ''
  await cloud.pages.get('/_local/iot')!(
    null as never,
    { writeHead: () => ({ end: (text: string) => (body = text) }) } as never,
  )
  return JSON.parse(body)
}

async function connectDevice(device: Device, clientId = device.name): Promise<MqttClient> {
  const tls = { ca: (await page()).rootCa, key: device.key, cert: device.cert }
  const client = await connectAsync(`mqtts://localhost:${PORT + 3}`, { ...tls, clientId, reconnectPeriod: 0 }, false)
  clients.push(client)
  return client
}

async function connectOperator(): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${PORT + 2}`, { reconnectPeriod: 0 })
  clients.push(client)
  return client
}

async function messages(client: MqttClient, filter: string): Promise<{ topic: string; text: string }[]> {
  const received: { topic: string; text: string }[] = []
  client.on('message', (topic, payload) => received.push({ topic, text: payload.toString() }))
  await client.subscribeAsync(filter, { qos: 1 })
  return received
}

const disconnected = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()))
const sentTo = (name: string) =>
  cloud.sent.filter((one) => one.queueArn === queueArn(name)).map((one) => JSON.parse(one.body))

describe('devices', () => {
  test('a device publishes over mutual TLS by Basic Ingest, and the rule puts it on the queue', async () => {
    const device = await connectDevice(pump)
    await device.publishAsync('$aws/rules/readings/pump-1', '{"temperature":5}', { qos: 1 })
    expect(sentTo('readings')).toContainEqual({ temperature: 5, device: 'pump-1', client: 'pump-1' })
  })

  test.skipIf(spawnSync('mosquitto_pub', ['--help']).error)('mosquitto_pub is a device, too', async () => {
    const ca = join(folder, 'ca.pem')
    const cert = join(folder, 'fridge-1.pem')
    writeFileSync(ca, (await page()).rootCa)
    writeFileSync(cert, fridge.cert)
    const tls = ['--cafile', ca, '--cert', cert, '--key', join(folder, 'fridge-1.key')]
    const publish = (topic: string) =>
      promisify(execFile)('mosquitto_pub', [
        ...['-h', 'localhost', '-p', String(PORT + 3), '-i', 'fridge-1', '-q', '1'],
        ...[...tls, '-t', topic, '-m', '{"mosquitto":1}'],
      ])
    await publish('$aws/rules/readings/fridge-1')
    expect(sentTo('readings')).toContainEqual({ mosquitto: 1, device: 'fridge-1', client: 'fridge-1' })
    const before = cloud.sent.length
    await publish('$aws/rules/readings/pump-1').catch(() => {})
    expect(cloud.sent.length).toBe(before)
  })

  test('PUBACK comes only after the message is stored', async () => {
    const device = await connectDevice(pump)
    let store = () => {}
    held = new Promise((resolve) => {
      store = resolve
    })
    let acknowledged = false
    const published = device.publishAsync('$aws/rules/readings/pump-1', '{"held":1}', { qos: 1 }).then(() => {
      acknowledged = true
    })
    await sleep(150)
    expect(acknowledged).toBe(false)
    store()
    await published
    expect(sentTo('readings')).toContainEqual(expect.objectContaining({ held: 1 }))
  })

  test.each([
    ['another device’s rule topic', '$aws/rules/readings/fridge-1', {}],
    ['another device’s topic', 'devices/fridge-1/temperature', {}],
    ['an explicitly denied topic', 'devices/pump-1/forbidden', {}],
    ['another device’s shadow', '$aws/things/fridge-1/shadow/update', {}],
    ['a retained message without iot:RetainPublish', 'devices/pump-1/a', { retain: true }],
  ])('publishing to %s disconnects and stores nothing', async (_, topic, options) => {
    const device = await connectDevice(pump)
    const before = cloud.sent.length
    const closed = disconnected(device)
    device.publish(topic, '{}', { qos: 1, ...options }, () => {})
    await closed
    expect(cloud.sent.length).toBe(before)
    expect(cloud.logs.at(-1)).toContain(`not authorized to`)
  })

  test('subscribing outside the policy disconnects', async () => {
    const device = await connectDevice(pump)
    const closed = disconnected(device)
    device.subscribe('devices/#', () => {})
    await closed
    expect(cloud.logs.at(-1)).toContain('not authorized to subscribe to devices/#')
  })

  test('a wildcard in a client id is no wildcard of the policy', async () => {
    await expect(connectDevice(pump, '*')).rejects.toThrow()
  })

  test('a device may not take the name of another', async () => {
    await expect(connectDevice(pump, 'fridge-1')).rejects.toThrow('Not authorized')
  })

  test('a certificate of another authority is refused', async () => {
    const stranger = newKeyAndCsr('stranger')
    const own = ['x509', '-req', '-in', join(folder, 'stranger.csr'), '-signkey', join(folder, 'stranger.key')]
    const cert = execFileSync('openssl', own, { stdio: 'pipe' }).toString()
    await expect(connectDevice({ ...pump, cert, key: stranger.key })).rejects.toThrow()
    expect(cloud.logs.some((line) => line.includes('TLS connection refused'))).toBe(true)
  })

  test('no certificate is refused', async () => {
    const options = { ca: (await page()).rootCa, clientId: 'pump-1', reconnectPeriod: 0 }
    await expect(connectAsync(`mqtts://localhost:${PORT + 3}`, options, false)).rejects.toThrow()
  })

  test('an inactive certificate and one without a policy are refused; deactivating disconnects', async () => {
    const late = await issue('late', false)
    await expect(connectDevice(late)).rejects.toThrow('Not authorized')
    await iot.send(new UpdateCertificateCommand({ certificateId: late.certificateId, newStatus: 'ACTIVE' }))
    await expect(connectDevice(late)).rejects.toThrow('Not authorized')
    await iot.send(new CreateThingCommand({ thingName: 'late' }))
    await iot.send(new AttachPolicyCommand({ policyName: 'device', target: late.certificateArn }))
    await expect(connectDevice(late)).rejects.toThrow('Not authorized')
    await iot.send(new AttachThingPrincipalCommand({ thingName: 'late', principal: late.certificateArn }))
    const device = await connectDevice(late)
    const closed = disconnected(device)
    await iot.send(new UpdateCertificateCommand({ certificateId: late.certificateId, newStatus: 'REVOKED' }))
    await closed
    await expect(connectDevice(late)).rejects.toThrow('Not authorized')
  })

  test('over 128 KB, QoS 2 and over 100 publishes a second disconnect', async () => {
    const big = await connectDevice(pump)
    const bigClosed = disconnected(big)
    big.publish('devices/pump-1/a', Buffer.alloc(128 * 1024 + 1), { qos: 1 }, () => {})
    await bigClosed
    const exact = await connectDevice(pump)
    await exact.publishAsync('devices/pump-1/a', Buffer.alloc(128 * 1024), { qos: 1 })
    const exactClosed = disconnected(exact)
    exact.publish('devices/pump-1/a', 'x', { qos: 2 }, () => {})
    await exactClosed
    const fast = await connectDevice(pump)
    const fastClosed = disconnected(fast)
    let acknowledged = 0
    for (let count = 0; count < 300; count++)
      fast.publish('devices/pump-1/a', 'x', { qos: 1 }, (error) => {
        if (!error) acknowledged++
      })
    await fastClosed
    expect(acknowledged).toBeLessThan(200)
    expect(cloud.logs.at(-1)).toContain('THROTTLED')
    const { refused } = await page()
    expect(refused['PublishIn.ClientError']).toBe(2)
    expect(refused['PublishIn.Throttle']).toBeGreaterThan(0)
  })
})

describe('a device with a claim certificate', () => {
  async function claiming(clientId: string) {
    const claim = await issue(clientId)
    await iot.send(new AttachPolicyCommand({ policyName: 'claim', target: claim.certificateArn }))
    const client = await connectDevice(claim, clientId)
    const heard: { topic: string; message: any }[] = []
    client.on('message', (topic, payload) => heard.push({ topic, message: JSON.parse(payload.toString()) }))
    await client.subscribeAsync([CREATE, PROVISION].flatMap(answersOf), { qos: 1 })
    const ask = async (topic: string, request: object): Promise<{ topic: string; message: any }> => {
      await client.publishAsync(topic, JSON.stringify(request), { qos: 1 })
      while (heard.length === 0) await sleep(10)
      return heard.shift()!
    }
    return { claim, client, heard, ask }
  }

  test('gets one of its own where the hook allows it, and connects with it', async () => {
    const [{ ask, claim }, other] = [await claiming('claim-1'), await claiming('claim-2')]
    const { key, csr } = newKeyAndCsr('pump-claimed')
    const made = await ask(CREATE, { certificateSigningRequest: csr })
    expect(made.topic).toBe(`${CREATE}/accepted`)
    const { certificateOwnershipToken, certificateId, certificatePem: cert } = made.message
    const mine = { name: 'pump-claimed', key, cert, certificateId, certificateArn: arn(`cert/${certificateId}`) }
    await expect(connectDevice(mine)).rejects.toThrow('Not authorized')

    const refused = await ask(PROVISION, { certificateOwnershipToken, parameters: { Serial: 'S-2' } })
    expect(refused).toMatchObject({
      topic: `${PROVISION}/rejected`,
      message: { statusCode: 403, errorCode: 'AccessDenied' },
    })
    const accepted = await ask(PROVISION, { certificateOwnershipToken, parameters: { Serial: 'S-1' } })
    expect(accepted.topic).toBe(`${PROVISION}/accepted`)
    expect(accepted.message).toEqual({ deviceConfiguration: { serial: 'S-1' }, thingName: 'pump-claimed' })
    expect(cloud.invoked.at(-1)!.event).toMatchObject({
      ...{ claimCertificateId: claim.certificateId, certificateId, clientId: 'claim-1' },
      templateArn: arn('provisioningtemplate/claim'),
    })
    await connectDevice(mine)
    // The token is used up, and the answers were for the one who asked.
    const again = await ask(PROVISION, { certificateOwnershipToken, parameters: { Serial: 'S-1' } })
    expect(again.message.errorCode).toBe('InvalidCertificateOwnershipToken')
    expect(other.heard).toEqual([])
  })

  test('does not stand for a device, and a request that is none is rejected', async () => {
    const { ask, claim } = await claiming('claim-3')
    await expect(connectDevice(claim, 'pump-1')).rejects.toThrow('Not authorized')
    expect((await ask(CREATE, {})).message).toMatchObject({ statusCode: 400 })
    expect((await ask(CREATE, { certificateSigningRequest: 'no request' })).message.errorCode).toBe('InvalidCsr')
  })
})

describe('operators on the plain port', () => {
  test('see what devices publish, but no Basic Ingest, and may publish to a device', async () => {
    const operator = await connectOperator()
    const seen = await messages(operator, '#')
    const ingested = await messages(operator, '$aws/rules/#')
    const device = await connectDevice(pump)
    const commands = await messages(device, 'devices/pump-1/command')
    await device.publishAsync('devices/pump-1/state', '{"on":true}', { qos: 1 })
    await device.publishAsync('$aws/rules/readings/pump-1', '{}', { qos: 1 })
    await operator.publishAsync('devices/pump-1/command', '{"stop":true}', { qos: 1 })
    await expect.poll(() => commands).toEqual([{ topic: 'devices/pump-1/command', text: '{"stop":true}' }])
    expect(seen.map((one) => one.topic)).toEqual(['devices/pump-1/state', 'devices/pump-1/command'])
    expect(ingested.filter((one) => one.topic.startsWith('$aws/rules'))).toEqual([])
  })

  test('a device gets nothing on topics that its policy does not let it receive', async () => {
    const operator = await connectOperator()
    const device = await connectDevice(pump)
    const own = await messages(device, 'devices/pump-1/#')
    await operator.publishAsync('devices/fridge-1/x', 'no', { qos: 1 })
    await operator.publishAsync('devices/pump-1/x', 'yes', { qos: 1 })
    await expect.poll(() => own.map((one) => one.text)).toEqual(['yes'])
  })
})

describe('topic rules', () => {
  test('Republish, S3 and Lambda get what the SQL selects', async () => {
    const operator = await connectOperator()
    const alarms = await messages(operator, 'alarms/+')
    const device = await connectDevice(fridge)
    await device.publishAsync('devices/fridge-1/temperature', '{"temperature":7,"x":1}', { qos: 1 })
    await device.publishAsync('devices/fridge-1/temperature', '{"temperature":9,"x":1}', { qos: 1 })
    await expect.poll(() => alarms).toEqual([{ topic: 'alarms/fridge-1', text: '{"temperature":9}' }])
    expect(cloud.objects).toEqual([{ bucket: 'lake', key: 'fridge-1/9.json', body: Buffer.from('{"temperature":9}') }])
    expect(cloud.invoked.at(-1)).toMatchObject({ event: { temperature: 9 } })
  })

  test('a failing action runs the error action, and the sender gets its PUBACK', async () => {
    const device = await connectDevice(pump)
    await device.publishAsync('devices/pump-1/broken', '{"temperature":1}', { qos: 1 })
    expect(sentTo('errors').at(-1)).toEqual({
      ruleName: 'broken',
      topic: 'devices/pump-1/broken',
      clientId: 'pump-1',
      base64OriginalPayload: Buffer.from('{"temperature":1}').toString('base64'),
      failures: [
        { failedAction: 'SqsAction', failedResource: queueUrl('broken'), errorMessage: 'the queue is on fire' },
      ],
    })
  })

  test('without an error action the sender gets no PUBACK, so that it sends again', async () => {
    const device = await connectDevice(pump)
    const closed = disconnected(device)
    let acknowledged = false
    device.publish('devices/pump-1/lossy', '{}', { qos: 1 }, (error) => {
      acknowledged = !error
    })
    await closed
    expect(acknowledged).toBe(false)
  })

  test('a rule that republishes to itself ends', async () => {
    const operator = await connectOperator()
    await operator.publishAsync('circle', '{}', { qos: 1 })
    expect(sentTo('errors').at(-1).failures[0].errorMessage).toContain('in a circle')
  })

  test.each([
    [{ Kinesis: { StreamName: 'x' } }, 'does not implement the action Kinesis'],
    [{ Sqs: { QueueUrl: queueUrl('readings'), RoleArn: RULE_ROLE, Batch: true } }, 'Sqs.Batch'],
  ])('%j stops the start', async (action, reason) => {
    const { openTopicRules } = await import('../../lib/local/iot-rules.ts')
    const other = fakeCloud(PORT + 20, [...app(), rule('other', "SELECT * FROM 'x'", [action])])
    expect(() => openTopicRules(other, async () => {})).toThrow(reason)
    other.remove()
  })

  test('an action whose role may not is a failing action', async () => {
    const { openTopicRules } = await import('../../lib/local/iot-rules.ts')
    const other = fakeCloud(PORT + 20, app(), { roleMayUse: queueArn('errors') })
    const run = openTopicRules(other, async () => {})
    await run({ topic: 'devices/a/broken', payload: Buffer.from('{"temperature":1}'), principal: 'x' })
    expect(other.sent.map((one) => one.queueArn)).toEqual([queueArn('errors')])
    expect(JSON.parse(other.sent[0]!.body).failures[0].errorMessage).toContain('sqs:SendMessage')
    other.remove()
  })
})

describe('shadows', () => {
  test('a desired state reaches the device as a delta, and reporting it clears the difference', async () => {
    const device = await connectDevice(pump)
    const told = await messages(device, '$aws/things/pump-1/shadow/#')
    const desired = { state: { desired: { rate: 5, alarm: { high: 8 } } }, clientToken: 'a' }
    await iotData.send(
      new UpdateThingShadowCommand({ thingName: 'pump-1', payload: Buffer.from(JSON.stringify(desired)) }),
    )
    await expect
      .poll(() => told.map((one) => one.topic.split('/').slice(4).join('/')))
      .toEqual(['update/accepted', 'update/delta', 'update/documents'])
    expect(JSON.parse(told[1]!.text)).toMatchObject({ version: 1, state: { rate: 5, alarm: { high: 8 } } })
    await device.publishAsync(
      '$aws/things/pump-1/shadow/update',
      '{"state":{"reported":{"rate":5,"alarm":{"high":7}}}}',
      { qos: 1 },
    )
    const { payload } = await iotData.send(new GetThingShadowCommand({ thingName: 'pump-1' }))
    expect(JSON.parse(Buffer.from(payload!).toString())).toMatchObject({
      version: 2,
      state: { desired: { rate: 5 }, reported: { alarm: { high: 7 } }, delta: { alarm: { high: 8 } } },
      metadata: { reported: { rate: { timestamp: expect.any(Number) } } },
    })
  })

  test.each([
    ['{"state":{"reported":{}},"version":1000}', 409],
    ['nonsense', 400],
    ['{"reported":{}}', 400],
    ['null', 400],
    [`{"state":{"reported":${'{"a":'.repeat(9)}1${'}'.repeat(9)}}}`, 400],
    [`{"state":{"reported":{"a":"${'x'.repeat(9000)}"}}}`, 413],
  ])('case %#: a bad update is told on the rejected topic', async (body, code) => {
    const device = await connectDevice(fridge)
    const told = await messages(device, '$aws/things/fridge-1/shadow/update/rejected')
    await device.publishAsync('$aws/things/fridge-1/shadow/update', body, { qos: 1 })
    await expect.poll(() => told.map((one) => JSON.parse(one.text).code)).toEqual([code])
  })

  test('a hostile key is a key like any other', async () => {
    const body = '{"state":{"reported":{"__proto__":{"admin":true},"constructor":1}}}'
    await iotData.send(new UpdateThingShadowCommand({ thingName: 'evil', payload: Buffer.from(body) }))
    const { payload } = await iotData.send(new GetThingShadowCommand({ thingName: 'evil' }))
    expect(Buffer.from(payload!).toString()).toContain('"__proto__":{"admin":true}')
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('no shadow is a 404', async () => {
    await expect(iotData.send(new GetThingShadowCommand({ thingName: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})

describe('the SDK', () => {
  test('things: create twice, conflict, update, describe, delete', async () => {
    const create = (attributes: Record<string, string>) =>
      iot.send(
        new CreateThingCommand({ thingName: 'probe', thingTypeName: 'sensor', attributePayload: { attributes } }),
      )
    const first = await create({ room: 'a', gone: '' })
    expect(await create({ room: 'a' })).toMatchObject({ thingId: first.thingId, thingArn: arn('thing/probe') })
    await expect(create({ room: 'b' })).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
    const attributePayload = { attributes: { floor: '2' }, merge: true }
    await iot.send(new UpdateThingCommand({ thingName: 'probe', attributePayload, expectedVersion: 1 }))
    await expect(iot.send(new UpdateThingCommand({ thingName: 'probe', expectedVersion: 1 }))).rejects.toMatchObject({
      name: 'VersionConflictException',
    })
    expect(await iot.send(new DescribeThingCommand({ thingName: 'probe' }))).toMatchObject({
      attributes: { room: 'a', floor: '2' },
      version: 2,
      thingTypeName: 'sensor',
    })
    await iot.send(new DeleteThingCommand({ thingName: 'probe' }))
    await iot.send(new DeleteThingCommand({ thingName: 'probe' }))
    await expect(iot.send(new DescribeThingCommand({ thingName: 'probe' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    const odd = new CreateThingCommand({ thingName: 'probe', thingTypeName: 'spaceship' })
    await expect(iot.send(odd)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('certificates and attachments', async () => {
    const { certificateId, certificateArn } = pump
    const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }))
    expect(certificateDescription).toMatchObject({ certificateArn, status: 'ACTIVE', creationDate: expect.any(Date) })
    const listed = await iot.send(new ListThingPrincipalsCommand({ thingName: 'pump-1' }))
    expect(listed.principals).toEqual([certificateArn])
    await expect(iot.send(new DeleteThingCommand({ thingName: 'pump-1' }))).rejects.toThrow('principals attached')
    const nonsense = new CreateCertificateFromCsrCommand({ certificateSigningRequest: 'nonsense' })
    await expect(iot.send(nonsense)).rejects.toMatchObject({ name: 'InvalidRequestException' })
    const absent = new AttachPolicyCommand({ policyName: 'absent', target: certificateArn })
    await expect(iot.send(absent)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('detaching a policy acts on an open connection', async () => {
    const spare = await register('spare')
    const device = await connectDevice(spare)
    await device.publishAsync('devices/spare/a', '1', { qos: 1 })
    await iot.send(new DetachPolicyCommand({ policyName: 'device', target: spare.certificateArn }))
    const closed = disconnected(device)
    device.publish('devices/spare/a', '2', { qos: 1 }, () => {})
    await closed
    await iot.send(new DetachThingPrincipalCommand({ thingName: 'spare', principal: spare.certificateArn }))
    await iot.send(new DeleteThingCommand({ thingName: 'spare' }))
  })

  test('publishing over HTTPS reaches rules and subscribers', async () => {
    const operator = await connectOperator()
    const seen = await messages(operator, 'devices/pump-1/temperature')
    await iotData.send(
      new PublishCommand({ topic: 'devices/pump-1/temperature', qos: 1, payload: Buffer.from('{"temperature":50}') }),
    )
    await expect.poll(() => seen.map((one) => one.text)).toEqual(['{"temperature":50}'])
    expect(cloud.objects.at(-1)).toMatchObject({ key: 'pump-1/50.json' })
  })

  test('each call asks IAM for its action and resource', async () => {
    expect(await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))).toMatchObject({
      endpointAddress: `localhost:${PORT + 3}`,
    })
    expect(cloud.permissions).toEqual(
      expect.arrayContaining([
        `iot:CreateThing ${arn('thing/pump-1')}`,
        'iot:CreateCertificateFromCsr *',
        `iot:AttachPolicy ${pump.certificateArn}`,
        `iot:AttachThingPrincipal ${pump.certificateArn}`,
        `iot:UpdateThingShadow ${arn('thing/pump-1')}`,
        `iot:Publish ${arn('topic/devices/pump-1/temperature')}`,
      ]),
    )
  })
})

test('after a restart devices, policies and shadows are as before', async () => {
  await iotCore.stop()
  cloud = newCloud()
  await iotCore.start(cloud)
  const device = await connectDevice(pump)
  await device.publishAsync('$aws/rules/readings/pump-1', '{"again":1}', { qos: 1 })
  expect(sentTo('readings')).toContainEqual(expect.objectContaining({ again: 1 }))
  const told = await messages(device, '$aws/things/pump-1/shadow/get/accepted')
  await device.publishAsync('$aws/things/pump-1/shadow/get', '', { qos: 1 })
  await expect.poll(() => told.map((one) => JSON.parse(one.text))).toMatchObject([{ state: { desired: { rate: 5 } } }])
})
