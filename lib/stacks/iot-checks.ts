import type { CfnResource } from 'aws-cdk-lib'
import { Stack } from 'aws-cdk-lib'
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { NagMessageLevel, NagPack, NagRuleCompliance, type NagRuleResult } from 'cdk-nag'

interface Rule {
  readonly id: string
  readonly info: string
  readonly why: string
  check(node: CfnResource): NagRuleResult
}

const verdict = (good: boolean) => (good ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT)

const rules: readonly Rule[] = [
  {
    id: 'RuleErrorAction',
    info: 'The topic rule has no errorAction.',
    why: 'AWS IoT drops a message whose action fails; only an errorAction keeps it.',
    check: (node) => {
      if (!(node instanceof CfnTopicRule)) return NagRuleCompliance.NOT_APPLICABLE
      const payload = Stack.of(node).resolve(node.topicRulePayload)
      return verdict(payload?.errorAction !== undefined)
    },
  },
  {
    id: 'DevicePolicyWildcard',
    info: 'The device policy holds a wildcard.',
    why: 'With * (or the MQTT wildcards + and #) one stolen certificate reads or speaks for every device.',
    check: (node) => {
      if (!(node instanceof CfnPolicy)) return NagRuleCompliance.NOT_APPLICABLE
      const { Statement } = Stack.of(node).resolve(node.policyDocument)
      // What denies may be as wide as it wants.
      const allowing = [Statement].flat().filter(({ Effect }) => Effect !== 'Deny')
      return verdict(!/[*#+]/.test(JSON.stringify(allowing)))
    },
  },
]

/** Rules for AWS IoT, of which cdk-nag has none. */
export class IotChecks extends NagPack {
  readonly name = 'lotline IoT checks'
  protected override packName = 'Iot'

  protected checkResource(node: CfnResource): void {
    for (const { id, info, why, check } of rules)
      this.applyRule({
        ruleSuffixOverride: id,
        info,
        explanation: why,
        level: NagMessageLevel.ERROR,
        node,
        rule: check,
      })
  }
}
