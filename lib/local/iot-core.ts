import { join } from 'node:path'
import type { Cloud, Service } from './cloud.ts'
import { openAuthority } from './iot-authority.ts'
import { type Broker, openBroker } from './iot-broker.ts'
import { controlOperations, iotControl } from './iot-control.ts'
import { iotData } from './iot-data.ts'
import { compileIotPolicy } from './iot-policy.ts'
import { openProvisioning } from './iot-provisioning.ts'
import { IotRegistry } from './iot-registry.ts'
import { type ArrivedMessage, openTopicRules } from './iot-rules.ts'
import { openShadows } from './iot-shadows.ts'
import { sendJson } from './local-page.ts'
import { onlyProperties } from './properties.ts'

let broker: Broker | undefined

/** AWS IoT Core: MQTT with device certificates and policies, topic rules, shadows, and the SDK's two planes. */
export const iotCore: Service = {
  name: 'iot-core',
  // What AWS::IoT::Logging would write to CloudWatch is in the local cloud's own log, whatever its level.
  types: [
    'AWS::IoT::Logging',
    'AWS::IoT::Policy',
    'AWS::IoT::ProvisioningTemplate',
    'AWS::IoT::ThingType',
    'AWS::IoT::TopicRule',
  ],
  async start(cloud) {
    broker = await open(cloud)
    cloud.log(
      'iot-core',
      `MQTT on 127.0.0.1:${cloud.port + 2}, with device certificates on localhost:${cloud.port + 3}`,
    )
  },
  async stop() {
    await broker?.close()
    broker = undefined
  },
}

async function open(cloud: Cloud): Promise<Broker> {
  const authority = await openAuthority(join(cloud.data, 'iot'))
  const registry = new IotRegistry(cloud)
  const policies = policiesOf(cloud)
  /** Rules and shadows first: a sender is told that its message arrived only when it is stored. */
  const arrive = async (message: ArrivedMessage) => {
    await rules(message)
    await shadows.arrive(message.topic, message.payload)
  }
  const publish = async (message: ArrivedMessage & { qos: 0 | 1; retain?: boolean }) => {
    await arrive(message)
    await opened.deliver(message)
  }
  const rules = openTopicRules(cloud, (message) => publish({ ...message, principal: 'rules-engine' }))
  const shadows = openShadows(registry, (topic, document) =>
    publish({ topic, payload: Buffer.from(JSON.stringify(document)), qos: 1, principal: 'shadow' }),
  )
  const opened = await openBroker({
    cloud,
    authority,
    registry,
    policies,
    async arrive(message, sender) {
      await arrive({ ...message, ...sender })
      // AWS answers later too; a PUBACK does not wait for the hook.
      void provisioning.arrive(message.topic, message.payload, sender)
    },
  })
  const operations = controlOperations({
    cloud,
    authority,
    registry,
    policyNames: new Set(policies.keys()),
    thingTypes: new Set(cloud.ofType('AWS::IoT::ThingType').map((type) => type.ref)),
    deactivated: (certificateId) => opened.disconnect(certificateId),
  })
  const provisioning = openProvisioning({
    ...{ cloud, registry, operations },
    tell: (clientId, topic, document) =>
      opened.tell(clientId, { topic, payload: Buffer.from(JSON.stringify(document)), qos: 1 }),
  })
  cloud.wire('iot', iotControl(cloud, operations))
  const data = iotData(cloud, shadows, publish)
  cloud.wire('iotdata', data)
  cloud.wire('iotdevicegateway', data)
  cloud.page('/_local/iot', (_, response) =>
    sendJson(response, 200, { ...connectionHelp(cloud, authority.certificatePem), refused: opened.refused }),
  )
  return opened
}

function policiesOf(cloud: Cloud) {
  for (const type of cloud.ofType('AWS::IoT::ThingType'))
    onlyProperties(type, 'Tags', 'ThingTypeName', 'ThingTypeProperties')
  return new Map(
    cloud.ofType('AWS::IoT::Policy').map((policy) => {
      onlyProperties(policy, 'PolicyDocument', 'PolicyName', 'Tags')
      return [policy.ref, compileIotPolicy(policy.ref, policy.properties.PolicyDocument)] as const
    }),
  )
}

/** What a device or a person needs to connect. */
function connectionHelp(cloud: Cloud, rootCa: string): object {
  const { port } = cloud
  return {
    device: {
      endpoint: `mqtts://localhost:${port + 3}`,
      needs: 'a registered, active certificate with a policy; MQTT 3.1.1; the client id that the policy allows',
      try: `curl -s http://127.0.0.1:${port}/_local/iot | jq -r .rootCa > ca.pem; mosquitto_pub -h localhost -p ${port + 3} --cafile ca.pem --cert device.pem --key device.key -i <thing> -q 1 -t <topic> -m '{}'`,
    },
    operator: {
      endpoint: `mqtt://127.0.0.1:${port + 2}`,
      needs: 'nothing: who can open a port of this machine may see and publish everything',
      try: `mosquitto_sub -h 127.0.0.1 -p ${port + 2} -t '#' -v`,
    },
    policies: cloud.ofType('AWS::IoT::Policy').map((policy) => policy.ref),
    rules: cloud
      .ofType('AWS::IoT::TopicRule')
      .map((rule) => ({ name: rule.ref, sql: rule.properties.TopicRulePayload.Sql })),
    rootCa,
  }
}
